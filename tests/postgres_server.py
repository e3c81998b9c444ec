"""Placeholder until the storage tests bring the real server."""
