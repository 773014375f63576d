from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "motcua.systems.portal"
    label = "portal"
    verbose_name = "Cổng của người dân"
