"""Chips that were read, papers of foreigners, and a mandate's services told to row security."""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys
import motcua.core.sealing.fields

BEFORE: str = import_module("motcua.core.identity.migrations.0004_relying_accounts_mandates").ENTER
ENTER = BEFORE.replace(
    "set_config('motcua.units', found_one.agency_ids::text, true);",
    "set_config('motcua.units', found_one.agency_ids::text, true),\n"
    "          set_config('motcua.services', coalesce(found_one.mandate_services, '{}')::text, true),\n"
    "          set_config('motcua.day', day::text, true);",
)
AGAIN = "drop function motcua_enter(text, date);"
REPRESENTS = """
create function motcua_represents(whose bigint, who bigint, service text) returns boolean
language sql stable parallel safe security definer set search_path = public, pg_temp as $$
  select exists (
    select from identity_mandate m
     where m.principal_id = whose and m.representative_id = who and m.revoked_at is null
       and m.valid_from <= motcua_day() and (m.valid_until is null or m.valid_until >= motcua_day())
       and (cardinality(m.service_codes) = 0 or service = any (m.service_codes)))
$$;
create index mandate_of_both on identity_mandate (principal_id, representative_id);
"""
POLICIES = """
alter table identity_identitypaper enable row level security;
create policy paper_seen on identity_identitypaper using (
  motcua_kind() in ('system', 'officer') or party_id = motcua_party());
alter table identity_cardread enable row level security;
create policy card_read_of_its_desk on identity_cardread using (
  motcua_is_system() or (motcua_kind() = 'officer' and agency_id = any (motcua_units())));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0005_attestations"),
        ("ledger", "0009_scope_of_a_mandate"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardRead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("way", models.TextField(choices=[("counter", "Tại quầy"), ("online", "Trực tuyến")])),
                ("facts", motcua.core.sealing.fields.SealedJSON()),
                (
                    "checks",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                (
                    "portrait",
                    motcua.core.sealing.fields.SealedText(
                        blank=True, default="", help_text="base64; only until it was compared"
                    ),
                ),
                ("portrait_type", models.TextField(blank=True, default="")),
                ("read_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("officer_id", models.BigIntegerField(null=True)),
                ("agency_id", models.BigIntegerField(null=True)),
                ("face_compared", models.BooleanField(default=False)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="identitypaper",
            name="recorded_at",
            field=models.DateTimeField(default=motcua.core.clock.now),
        ),
        migrations.AddField(
            model_name="identitypaper",
            name="replaced_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identitypaper",
            name="warned_on",
            field=models.DateField(help_text="when its holder was last told that it ends", null=True),
        ),
        migrations.AddField(
            model_name="party",
            name="nationality",
            field=models.TextField(
                blank=True,
                default="",
                help_text="ISO 3166-1 alpha-3, or a zone's own code; empty: as registers say",
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="paper",
            field=motcua.core.sealing.fields.SealedText(
                blank=True,
                default="",
                help_text="country and number of the paper that stands for a personal number",
            ),
        ),
        migrations.AlterField(
            model_name="identitypaper",
            name="country",
            field=models.TextField(help_text="who issued it: ISO 3166-1 alpha-3"),
        ),
        migrations.AlterField(
            model_name="identitypaper",
            name="number",
            field=motcua.core.sealing.fields.SealedText(
                blind="number_index", help_text="country and number: FRA-19AB12345"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitypaper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at", None)),
                fields=("party",),
                name="one_identity_paper_at_a_time",
            ),
        ),
        migrations.AddField(
            model_name="cardread",
            name="party",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="card_reads",
                to="identity.party",
            ),
        ),
        migrations.RunSQL(AGAIN + ENTER, AGAIN + BEFORE),
        migrations.RunSQL(REPRESENTS, "drop index mandate_of_both; drop function motcua_represents;"),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
