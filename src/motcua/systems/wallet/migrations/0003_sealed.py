"""What is held for people is sealed by the house's one way, so that changing keys covers it; outsiders may ask."""

from typing import Any

from django.db import migrations, models

import motcua.core.sealing.fields
from motcua.core.identity.second_factor import box
from motcua.core.sealing.upgrade import seal_rows

BOXED = {
    "Offer": ("code",),
    "Credential": ("held",),
    "HolderKey": ("sealed",),
    "Showing": ("code", "presentation"),
    "Question": ("key",),
}


def unbox(apps: Any, editor: Any) -> None:
    """These columns were encrypted with the installation's secret key before."""
    for name, columns in BOXED.items():
        for row in apps.get_model("wallet", name).objects.using(editor.connection.alias).iterator():
            for column in columns:
                text = getattr(row, column)
                setattr(row, column, box("wallet").decrypt(text.encode("ascii")).decode() if text else text)
            row.save(update_fields=list(columns))


class Migration(migrations.Migration):
    dependencies = [("wallet", "0002_row_security"), ("sealing", "0001_initial")]
    operations = [
        migrations.RunPython(unbox, migrations.RunPython.noop),
        migrations.AlterField(
            "offer",
            "code",
            motcua.core.sealing.fields.SealedText(
                help_text="the wallet fetches it once by the offer's address"
            ),
        ),
        migrations.AlterField(
            "credential",
            "held",
            motcua.core.sealing.fields.SealedText(
                null=True, help_text="the credential, where the account itself holds it"
            ),
        ),
        migrations.RunSQL("update wallet_credential set held = null where held = ''", migrations.RunSQL.noop),
        migrations.AlterField("holderkey", "sealed", motcua.core.sealing.fields.SealedJSON()),
        migrations.AlterField(
            "showing",
            "code",
            motcua.core.sealing.fields.SealedText(
                help_text="kept so that the holder's page can draw it again"
            ),
        ),
        migrations.AlterField("showing", "presentation", motcua.core.sealing.fields.SealedText()),
        migrations.AlterField(
            "question",
            "key",
            motcua.core.sealing.fields.SealedJSON(help_text="opens the encrypted answer (a JWK)"),
        ),
        migrations.AlterField("question", "proven", motcua.core.sealing.fields.SealedJSON(default=list)),
        migrations.AlterField("question", "agency_id", models.BigIntegerField(null=True)),
        migrations.AlterField(
            "question", "kind", models.TextField(help_text="kinds of question, separated by blanks")
        ),
        migrations.AddField("question", "client_id", models.TextField(blank=True, default="")),
        migrations.AddField("question", "client_name", models.TextField(blank=True, default="")),
        seal_rows("wallet", *BOXED),
    ]
