from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "motcua.systems.indicators"
    label = "indicators"
    verbose_name = "Chỉ số"
