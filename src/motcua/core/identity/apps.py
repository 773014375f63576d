from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "motcua.core.identity"
    label = "identity"
    verbose_name = "Định danh"
