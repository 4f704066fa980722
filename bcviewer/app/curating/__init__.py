"""The curator's labels: saved, mirrored, exported, imported."""
