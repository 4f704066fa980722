"""The filter language: parsed, checked, evaluated, completed."""
