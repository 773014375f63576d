from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "motcua.core.registers"
    label = "registers"
    verbose_name = "Cơ sở dữ liệu"

    def ready(self) -> None:
        from motcua.core.registers import jobs  # noqa: F401  (its tasks register themselves)
        from motcua.core.registers.contrib import (  # noqa: F401  (connectors register themselves)
            exchange,
            lgsp,
            population_soap,
            sandbox,
        )
