"""For migrations: bring rows written before their columns were sealed under a key."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from motcua.core.sealing.fields import BlindIndex, Sealed

BATCH = 500


def seal_rows(app: str, *models: str) -> migrations.RunPython:
    """The operation that seals and indexes every row of the models, as they are at that migration."""

    def seal(apps: Any, editor: Any) -> None:
        for name in models:
            model = apps.get_model(app, name)
            touched = [f.name for f in model._meta.concrete_fields if isinstance(f, Sealed | BlindIndex)]
            rows = model._base_manager.using(editor.connection.alias)
            for row in rows.order_by("pk").iterator(chunk_size=BATCH):
                row.save(using=editor.connection.alias, update_fields=touched)

    return migrations.RunPython(seal, migrations.RunPython.noop)
