"""The audit itself: numbers in, numbers out. No Qt, no disk."""
