"""A cohort that is open: its runs, and what is asked of all their units in threads."""
