"""What the window of a cohort shows: its runs, how they come out, and what costs them GOOD."""
