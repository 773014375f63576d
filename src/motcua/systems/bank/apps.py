from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "motcua.systems.bank"
    label = "bank"
    verbose_name = "Ngân hàng thử nghiệm"

    def ready(self) -> None:
        from motcua.systems.bank import jobs  # noqa: F401  (its tasks register themselves)
