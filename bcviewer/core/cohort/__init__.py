"""A lab's recordings: the columns of their units and runs, what differs, and what if."""
