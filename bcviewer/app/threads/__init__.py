"""Threads that can be left alone, and waiting while events are handled."""
