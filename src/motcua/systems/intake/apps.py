from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "motcua.systems.intake"
    label = "intake"
    verbose_name = "Tiếp nhận từ cổng khác"

    def ready(self) -> None:
        from motcua.systems.intake import listeners  # noqa: F401  (it registers itself)
        from motcua.systems.intake.contrib import (  # noqa: F401  (they register themselves)
            national_portal,
            national_portal_adapter,
        )
