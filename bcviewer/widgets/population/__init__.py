"""Pictures of the population."""
