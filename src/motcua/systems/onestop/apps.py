"""The one-stop desk: everything an officer does with a case, from receipt to return."""

from django.apps import AppConfig


class OnestopConfig(AppConfig):
    name = "motcua.systems.onestop"
    label = "onestop"
    verbose_name = "Bàn làm việc một cửa"
    default_auto_field = "django.db.models.BigAutoField"
