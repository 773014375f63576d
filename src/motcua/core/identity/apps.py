from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "motcua.core.identity"
    label = "identity"
    verbose_name = "Định danh"

    def ready(self) -> None:
        from motcua.core.identity import (  # its tasks register themselves; the other listens to allauth's signals
            jobs,  # noqa: F401
            signing_in,  # noqa: F401
        )
