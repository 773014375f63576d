"""Personal data is sealed."""

from django.db import migrations

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0002_row_security"),
        ("sealing", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="username_index",
            field=motcua.core.sealing.fields.BlindIndex(
                editable=False, null=True, of="username", purpose="username", unique=True
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="number_index",
            field=motcua.core.sealing.fields.BlindIndex(
                editable=False, null=True, of="personal_number", purpose="personal number", unique=True
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="username",
            field=motcua.core.sealing.fields.SealedText(blind="username_index"),
        ),
        migrations.AlterField(
            model_name="party",
            name="address_text",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="party",
            name="email",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="party",
            name="personal_number",
            field=motcua.core.sealing.fields.SealedText(blank=True, blind="number_index", null=True),
        ),
        migrations.AlterField(
            model_name="party",
            name="phone",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="session",
            name="session_data",
            field=motcua.core.sealing.fields.SealedText(),
        ),
        seal_rows("identity", "Account", "Party", "Session"),
    ]
