"""Registers sign with keys of their own."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.sealing.fields

POLICIES = """
alter table registers_signingkey enable row level security;
create policy key_is_known on registers_signingkey for select using (true);
create policy key_is_kept on registers_signingkey using (motcua_is_system());
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0006_look"), ("ledger", "0002_row_security")]
    operations = [
        migrations.CreateModel(
            "SigningKey",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kid", models.TextField(help_text="thumbprint of the public key (RFC 7638)", unique=True)),
                ("public_key", models.JSONField()),
                ("private_key", motcua.core.sealing.fields.SealedText()),
                ("made_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "register",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing_keys",
                        to="registers.register",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at__isnull", True)),
                        fields=("register",),
                        name="signing_key_one_in_use",
                    )
                ],
            },
        ),
        migrations.AlterField(
            "consent",
            "signature",
            models.TextField(
                help_text="detached JWS over the payload by the register's own key; formerly an HMAC"
            ),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
