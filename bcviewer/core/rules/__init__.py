"""Metrics, rules, columns, labels and colours: everything that is declared once."""
