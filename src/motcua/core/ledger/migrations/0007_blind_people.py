"""The log of reads names people by blind indexes."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from motcua.core.sealing.keyring import PERSON, blind


def hide_numbers(apps: Any, editor: Any) -> None:
    rows = apps.get_model("ledger", "Read").objects.using(editor.connection.alias)
    for row in rows.order_by("pk").iterator(chunk_size=500):
        rows.filter(pk=row.pk).update(people=sorted({blind(PERSON, number) for number in row.people}))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_heads_and_witnesses"), ("sealing", "0001_initial")]
    operations = [
        migrations.RenameField("read", "person_numbers", "people"),
        migrations.AlterField(
            "read",
            "people",
            ArrayField(models.TextField(), help_text="blind indexes of their personal numbers"),
        ),
        migrations.RemoveIndex("read", "read_by_person"),
        migrations.AddIndex("read", GinIndex(fields=["people"], name="read_by_person")),
        migrations.RunPython(hide_numbers, migrations.RunPython.noop),
    ]
