from django.apps import AppConfig


class GovStackConfig(AppConfig):
    name = "motcua.systems.govstack"
    label = "govstack"
    verbose_name = "GovStack"
