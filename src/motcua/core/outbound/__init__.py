"""Calling others: one careful client for every connector, the ways it proves who it is, and what others answered."""
