"""What are the things? Frozen records and columns; no I/O, no clock, no randomness."""
