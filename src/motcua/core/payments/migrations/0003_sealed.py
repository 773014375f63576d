"""Personal data is sealed."""

from django.db import migrations

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_row_security"),
        ("sealing", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="body",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="text",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        seal_rows("payments", "Notice", "StatementLine"),
    ]
