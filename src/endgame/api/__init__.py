"""How are things seen? Read-only JSON, CSV, metrics and the page."""
