"""bcviewer: shows why Bombcell gave each spike-sorted unit its label."""

__version__ = "1.0.0"
