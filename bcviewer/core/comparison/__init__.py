"""Two verdicts about the same units: what if, and what changed."""
