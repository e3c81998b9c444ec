"""How the rulebook's weights are learned from disputed markets, and how well they hold. Not part of the package."""
