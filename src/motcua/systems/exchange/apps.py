from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "motcua.systems.exchange"
    label = "exchange"
    verbose_name = "Liên thông dữ liệu"

    def ready(self) -> None:
        from motcua.systems.exchange import feeds, jobs  # noqa: F401  (tasks and listeners)
        from motcua.systems.exchange.bus import rooms  # noqa: F401  (the bus under other faces' names)
