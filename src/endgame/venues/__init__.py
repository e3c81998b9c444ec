"""Where do things come from? One adapter per venue behind the protocol of client.py."""
