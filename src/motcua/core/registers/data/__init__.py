"""What the registers hold when a demonstration begins."""

from motcua.core.registers.data.load import demo_people, load, load_definitions

__all__ = ["demo_people", "load", "load_definitions"]
