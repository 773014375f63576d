from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "motcua.systems.wallet"
    label = "wallet"
    verbose_name = "Ví giấy tờ số"

    def ready(self) -> None:
        from motcua.systems.wallet import jobs  # noqa: F401  (its tasks register themselves)
