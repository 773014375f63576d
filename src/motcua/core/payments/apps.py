from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "motcua.core.payments"
    label = "payments"
    verbose_name = "Thanh toán"

    def ready(self) -> None:
        from motcua.core.payments import jobs  # noqa: F401  (its tasks register themselves)
        from motcua.core.payments.contrib import national_platform, sandbox_bank  # noqa: F401  (gateways)
