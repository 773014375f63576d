from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "motcua.core.ledger"
    label = "ledger"
    verbose_name = "Nhật ký"
