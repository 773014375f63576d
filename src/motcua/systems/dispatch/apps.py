from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "motcua.systems.dispatch"
    label = "dispatch"
    verbose_name = "Quản lý văn bản và điều hành"

    def ready(self) -> None:
        from motcua.core.cases.hooks import letters
        from motcua.systems.dispatch import case_letters, jobs  # noqa: F401  (jobs declares its tasks)

        letters.register(case_letters.letters_of)
