"""Entries are found by the first eight bytes of their leaf hash: an index of two fifths of the size."""

from django.db import migrations, models
from django.db.models.functions import Cast, Substr


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_blind_people")]
    operations = [
        migrations.AddIndex(
            "logentry",
            models.Index(
                Cast(Substr("leaf", 1, 8), models.BigIntegerField()), name="log_entry_by_start_of_leaf"
            ),
        ),
        migrations.RemoveIndex("logentry", "log_entry_by_leaf"),
    ]
