"""What officers type as reasons lies sealed; rows of before are sealed by the next rotation of keys."""

from django.db import migrations

import motcua.core.sealing.fields


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_scope_of_a_mandate"),
    ]

    operations = [
        migrations.AlterField(
            model_name="supplement",
            name="reason",
            field=motcua.core.sealing.fields.SealedText(),
        ),
        migrations.AlterField(
            model_name="suspension",
            name="reason",
            field=motcua.core.sealing.fields.SealedText(default=""),
        ),
        migrations.AlterField(
            model_name="task",
            name="reason",
            field=motcua.core.sealing.fields.SealedText(default=""),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="reason",
            field=motcua.core.sealing.fields.SealedText(),
        ),
    ]
