"""Motcua: one door to the whole state."""
