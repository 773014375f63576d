"""Which other installations opened a person's list of who asked; it is read by the system alone."""

from django.db import migrations, models

import motcua.core.clock

POLICY = """
alter table exchange_opening enable row level security;
create policy opening_hidden on exchange_opening using ((select motcua_is_system()));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0005_owned_differences"),
        ("ledger", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("person", models.TextField(help_text="blind index of the personal number")),
                ("peer", models.TextField(help_text="INSTANCE/CLASS/MEMBER that asked")),
                ("call", models.TextField(help_text="the exchange's name of the call")),
                (
                    "on_behalf",
                    models.TextField(
                        blank=True, default="", help_text="kind of the mandate; empty: the person"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        help_text="how surely the person signed in, as the peer says"
                    ),
                ),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-at"], name="exchange_opening_by_person")],
            },
        ),
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
    ]
