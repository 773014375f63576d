from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "motcua.core.documents"
    label = "documents"
    verbose_name = "Văn bản"

    def ready(self) -> None:
        from motcua.core.documents import jobs  # noqa: F401  (its tasks register themselves)
        from motcua.core.documents.contrib import agent, file, pkcs11, remote  # noqa: F401  (as do key stores)
