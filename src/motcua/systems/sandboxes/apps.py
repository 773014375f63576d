from django.apps import AppConfig


class SandboxesConfig(AppConfig):
    name = "motcua.systems.sandboxes"
    label = "sandboxes"
    verbose_name = "Hệ thống thử nghiệm"
