"""What two runs are compared by: their sorts, and the spikes of their units."""
