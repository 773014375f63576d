"""What this room asks of rooms that come after it."""

from motcua.core.hooks import Hook

cases_of_service = Hook("services.cases_of_service")
"""(service_code, since, until) → list[impact.PastCase]: cases received in that time, with the facts they had."""

published = Hook("services.published")
"""(version, actor) when a version comes to be in force."""
