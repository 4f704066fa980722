"""The report: one self-contained HTML page about any number of probes. No Qt."""
