"""What applications ask about people is sealed, and the signing keys with it: `motcua keys rotate` covers them."""

from typing import Any

from django.db import migrations

import motcua.core.sealing.fields
from motcua.core.identity.second_factor import box
from motcua.core.sealing.upgrade import seal_rows


def unbox_keys(apps: Any, editor: Any) -> None:
    """Keys were encrypted with the installation's secret key before."""
    for row in apps.get_model("openid", "SigningKey").objects.using(editor.connection.alias):
        row.sealed = box("openid signing key").decrypt(row.sealed.encode()).decode()
        row.save(update_fields=["sealed"])


class Migration(migrations.Migration):
    dependencies = [("openid", "0001_initial"), ("sealing", "0001_initial")]
    operations = [
        migrations.RunPython(unbox_keys, migrations.RunPython.noop),
        migrations.AlterField("signingkey", "sealed", motcua.core.sealing.fields.SealedJSON()),
        migrations.AlterField("authorizationrequest", "ask", motcua.core.sealing.fields.SealedJSON()),
        migrations.AlterField("grant", "ask", motcua.core.sealing.fields.SealedJSON()),
        seal_rows("openid", "SigningKey", "AuthorizationRequest", "Grant"),
    ]
