from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "motcua.core.identity"
    label = "identity"
    verbose_name = "Định danh"

    def ready(self) -> None:
        from motcua.core.identity import signing_in  # noqa: F401  (listens to allauth's signals)
