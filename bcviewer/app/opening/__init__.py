"""Opening recordings, and writing reports of them."""
