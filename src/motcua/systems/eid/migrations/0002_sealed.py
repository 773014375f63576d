"""The sandbox eID knows numbers sealed, and counts wrong passcodes by blind index."""

from django.db import migrations, models

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows


class Migration(migrations.Migration):
    dependencies = [("eid", "0001_initial"), ("sealing", "0001_initial")]
    operations = [
        migrations.RunSQL("delete from eid_passcode", migrations.RunSQL.noop),
        migrations.RenameField("passcode", "personal_number", "number_index"),
        migrations.AlterField(
            "passcode",
            "number_index",
            models.TextField(primary_key=True, serialize=False, help_text="blind index of the number"),
        ),
        migrations.AlterField(
            "authorization",
            "personal_number",
            motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        seal_rows("eid", "Authorization"),
    ]
