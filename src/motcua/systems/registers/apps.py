from django.apps import AppConfig


class RegisterPagesConfig(AppConfig):
    name = "motcua.systems.registers"
    label = "registers_pages"
    verbose_name = "Cơ sở dữ liệu"
