from django.apps import AppConfig


class SealingConfig(AppConfig):
    name = "motcua.core.sealing"
    label = "sealing"
    verbose_name = "Mã hóa dữ liệu cá nhân"
