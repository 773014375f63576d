from django.apps import AppConfig


class CoreExchangeConfig(AppConfig):
    name = "motcua.core.exchange"
    label = "core_exchange"
    verbose_name = "Hỏi và báo cơ quan khác"

    def ready(self) -> None:
        from motcua.core.exchange import jobs  # noqa: F401  (tasks)
