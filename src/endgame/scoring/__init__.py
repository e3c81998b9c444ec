"""What are things worth? Pure: arrays and text in, arrays and findings out; no I/O, clock or randomness."""
