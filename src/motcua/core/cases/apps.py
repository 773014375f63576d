from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "motcua.core.cases"
    label = "cases"
    verbose_name = "Hồ sơ"

    def ready(self) -> None:
        from motcua.core.cases import handlers, jobs, listeners, reference  # noqa: F401  (tasks register themselves)

        handlers.load()
        listeners.listen()
        reference.watch()
