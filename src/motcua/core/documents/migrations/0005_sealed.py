"""Personal data is sealed."""

from django.db import migrations

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0004_certificates_row_security"),
        ("sealing", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="document",
            name="data",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        seal_rows("documents", "Document"),
    ]
