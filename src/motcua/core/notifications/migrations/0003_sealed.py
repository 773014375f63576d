"""Personal data is sealed."""

from django.db import migrations, models

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_row_security"),
        ("sealing", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_once",
        ),
        migrations.AddField(
            model_name="delivery",
            name="address_index",
            field=motcua.core.sealing.fields.BlindIndex(
                editable=False, null=True, of="address", purpose="address"
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="address",
            field=motcua.core.sealing.fields.SealedText(),
        ),
        migrations.AlterField(
            model_name="message",
            name="body",
            field=motcua.core.sealing.fields.SealedText(),
        ),
        migrations.AlterField(
            model_name="message",
            name="body_en",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="message",
            name="subject",
            field=motcua.core.sealing.fields.SealedText(),
        ),
        migrations.AlterField(
            model_name="message",
            name="subject_en",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("message", "channel", "address_index"), name="delivery_once"
            ),
        ),
        seal_rows("notifications", "Message", "Delivery"),
    ]
