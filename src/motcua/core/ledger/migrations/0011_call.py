"""A look taken over the exchange names its call, so that both ends can be told to be one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_spoken")]
    operations = [
        migrations.AddField(
            "read",
            "call",
            models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="the exchange's name of the call by which it was taken",
            ),
        ),
    ]
