from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "motcua.core.organisations"
    label = "organisations"
    verbose_name = "Tổ chức"
