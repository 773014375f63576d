from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "motcua.core.notifications"
    label = "notifications"
    verbose_name = "Thông báo"

    def ready(self) -> None:
        from motcua.core.notifications import jobs  # noqa: F401  (its tasks register themselves)
        from motcua.core.notifications.contrib import sandbox  # noqa: F401  (the channels register themselves)
