from django.apps import AppConfig


class OpenidConfig(AppConfig):
    name = "motcua.systems.openid"
    label = "openid"
    verbose_name = "Nhà cung cấp định danh (OpenID)"

    def ready(self) -> None:
        from motcua.core import bearers
        from motcua.systems.openid import discovery, jobs, presenting, source  # noqa: F401  (tasks, listeners and the source register)

        bearers.register(presenting.bearer)
        bearers.provide(discovery.issuer)
