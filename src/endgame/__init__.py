"""PM Endgame Sweep: what is worth buying just before a prediction market settles.

Read-only: no orders, no keys, no wallet.
"""

__version__ = "0.1.0"
