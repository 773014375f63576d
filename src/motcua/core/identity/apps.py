from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "motcua.core.identity"
    label = "identity"
    verbose_name = "Định danh"

    def ready(self) -> None:
        from django.conf import settings

        from motcua.core.identity import (  # its tasks register themselves; the other listens to allauth's signals
            jobs,  # noqa: F401
            officers,  # noqa: F401
            signing_in,  # noqa: F401
        )

        if settings.MOTCUA_SANDBOX:
            from motcua.core.identity.contrib import sandbox_cards  # noqa: F401  (registers itself as a card reader)

        if settings.MOTCUA_IDENTITY_SOURCES:
            from pathlib import Path

            from motcua.core.identity.contrib.openid_provider.sources import register_all

            register_all(Path(settings.MOTCUA_IDENTITY_SOURCES))
