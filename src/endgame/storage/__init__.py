"""Where do things rest? Plain functions that take a connection; database.py is the one bridge."""
