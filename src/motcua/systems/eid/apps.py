from django.apps import AppConfig
from django.conf import settings


class EidConfig(AppConfig):
    name = "motcua.systems.eid"
    label = "eid"
    verbose_name = "Định danh điện tử (bản thử)"

    def ready(self) -> None:
        from motcua.systems.eid import jobs  # noqa: F401  (its tasks register themselves)

        if settings.MOTCUA_SANDBOX:
            from motcua.systems.eid import source  # noqa: F401  (registers itself as an identity source)
