from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "motcua.systems.staff"
    label = "staff"
    verbose_name = "Cán bộ, cơ quan"
