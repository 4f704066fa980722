"""The numbers behind the plots of one unit. Pure: arrays come in through ``Recording``."""
