"""What the registers hold when a demonstration begins."""

from motcua.core.registers.data.load import definitions, demo_people, load, load_definitions

__all__ = ["definitions", "demo_people", "load", "load_definitions"]
