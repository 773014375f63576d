"""How others hear that a register changed."""

from motcua.core.hooks import Hook

register_changed = Hook("register_changed")
"""Sent with `record`, `attributes` (paths that changed) and `case_id` in the transaction of the write."""
