from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "motcua.systems.studio"
    label = "studio"
    verbose_name = "Biên tập thủ tục"
