from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "motcua.systems.staff"
    label = "staff"
    verbose_name = "Cán bộ, cơ quan"

    def ready(self) -> None:
        from motcua.systems.staff import jobs  # noqa: F401  (its tasks register themselves)
