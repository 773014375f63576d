"""The shell as a Django app: it has templates and static files, no tables."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "motcua.shell"
    label = "shell"
    verbose_name = "Một cửa"
