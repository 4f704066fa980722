"""The audit: states, margins, labels and reasons of every unit."""
