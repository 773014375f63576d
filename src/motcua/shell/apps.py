"""The shell as a Django app: it has templates and static files, no tables."""

from django.apps import AppConfig, apps


class ShellConfig(AppConfig):
    name = "motcua.shell"
    label = "shell"
    verbose_name = "Một cửa"

    def ready(self) -> None:
        from motcua.shell import navigation

        navigation.discover(
            app.name for app in apps.get_app_configs() if app.name.startswith("motcua.systems.")
        )
