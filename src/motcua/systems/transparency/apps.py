from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "motcua.systems.transparency"
    label = "transparency"
    verbose_name = "Nhật ký công khai"

    def ready(self) -> None:
        from motcua.systems.transparency import jobs  # noqa: F401  (its tasks register themselves)
