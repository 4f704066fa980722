"""Which units are shown, in which order, and which is the current one."""
