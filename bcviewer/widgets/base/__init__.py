"""What panels have in common."""
