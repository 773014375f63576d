"""The moments of a case that others may listen to."""

from motcua.core.hooks import Hook

submitted = Hook("cases.submitted")
"""(case_uuid, number) after a case was made, in the job that acknowledges it."""

status_changed = Hook("cases.status_changed")
"""(case, before, after, actor, reason) in the transaction of the act."""

progress = Hook("cases.progress")
"""(case, kind, data) in a job, for systems outside that asked to be told."""

letters = Hook("cases.letters")
"""(case_id, case_uuid, actor, lang) → where an officer writes a letter about a case, and those that went or came."""
