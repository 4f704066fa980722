"""What goes to and comes from other programs and tables."""
