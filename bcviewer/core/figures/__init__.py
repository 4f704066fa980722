"""The numbers behind the population's pictures, for the window and the report."""
