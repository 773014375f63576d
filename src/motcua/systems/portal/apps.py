from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "motcua.systems.portal"
    label = "portal"
    verbose_name = "Cổng của người dân"

    def ready(self) -> None:
        from motcua.systems.portal import alerts  # noqa: F401  (listens to what happens to accounts)
