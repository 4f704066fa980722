"""State, worker threads and preferences: QtCore and QtGui only."""
