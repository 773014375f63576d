from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "motcua.systems.verification"
    label = "verification"
    verbose_name = "Kiểm tra văn bản"
