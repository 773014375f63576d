from django.apps import AppConfig


class ServicesConfig(AppConfig):
    name = "motcua.core.services"
    label = "services"
    verbose_name = "Thủ tục, dịch vụ công"
