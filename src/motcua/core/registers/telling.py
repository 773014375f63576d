"""How others hear that a register changed."""

from motcua.core.hooks import Hook

register_changed = Hook("register_changed")
"""Sent with `record`, `attributes` (paths that changed) and `case_id` in the transaction of the write."""
register_imported = Hook("register_imported")
"""Sent with `register` and `keys` when a file was taken over."""
correction_asked = Hook("correction_asked")
"""Sent with `finding` when a doubt was met in a case or an application, in the transaction of the asking."""
correction_settled = Hook("correction_settled")
"""Sent with `correction` when the keeper of a register has answered a doubt; a case that waited can go on."""
