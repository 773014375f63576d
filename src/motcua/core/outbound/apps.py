from django.apps import AppConfig


class OutboundConfig(AppConfig):
    name = "motcua.core.outbound"
    label = "outbound"
    verbose_name = "Kết nối ra ngoài"

    def ready(self) -> None:
        from motcua.core.outbound import contrib, jobs  # noqa: F401  (they register themselves)
