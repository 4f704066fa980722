"""What curators did and said: entries, their replay, and how it reads."""
