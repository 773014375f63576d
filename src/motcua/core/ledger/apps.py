from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "motcua.core.ledger"
    label = "ledger"
    verbose_name = "Nhật ký"

    def ready(self) -> None:
        from motcua.core.ledger import jobs  # noqa: F401  (its tasks register themselves)
