"""Personal data is sealed; schemas in versions, consents, corrections and systems that read have their tables."""

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys
import motcua.core.sealing.fields
from motcua.core.sealing.keyring import PERSON, blind
from motcua.core.sealing.upgrade import seal_rows


def seal_records(apps: Any, editor: Any) -> None:
    """Take each record apart by the schemas that ship: what they do not call open is sealed."""
    from motcua.core.registers import schema, shape, terms
    from motcua.core.registers.data import definitions

    shipped = {slug: schema.parse(slug, given) for slug, given in definitions().items()}
    rows = apps.get_model("registers", "Record").objects.using(editor.connection.alias)
    for row in rows.order_by("pk").iterator(chunk_size=500):
        facts = dict(row.data)
        known = shipped.get(row.register_id)
        row.data, row.sealed = shape.apart(known, facts) if known else ({}, facts)
        row.terms = terms.of_facts(known, facts) if known else []
        row.valid_from = shape.begin(known, facts, row.valid_from) if known else row.valid_from
        touched = ["key", "key_index", "data", "sealed", "terms", "valid_from"]
        row.save(using=editor.connection.alias, update_fields=touched)


def seal_entries(apps: Any, editor: Any) -> None:
    rows = apps.get_model("registers", "CivilEntry").objects.using(editor.connection.alias)
    for row in rows.order_by("pk").iterator(chunk_size=500):
        row.people = sorted({blind(PERSON, number) for number in row.person_numbers})
        row.save(using=editor.connection.alias, update_fields=["data", "person_numbers", "people"])


class Migration(migrations.Migration):
    dependencies = [
        ("sealing", "0001_initial"),
        ("registers", "0002_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("slug", models.TextField()),
                ("version", models.IntegerField()),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("purpose", models.TextField()),
                ("purpose_en", models.TextField()),
                ("controller", models.TextField()),
                ("legal_basis", models.TextField()),
                ("days", models.IntegerField(help_text="for how many days a consent holds")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("draft", "Bản nháp"),
                            ("in_force", "Đang dùng"),
                            ("replaced", "Đã có bản mới"),
                            ("ended", "Đã chấm dứt"),
                        ],
                        default="draft",
                    ),
                ),
                ("digest", models.TextField(blank=True, default="")),
                ("written_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("in_force_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("person", motcua.core.sealing.fields.SealedText(blind="person_index")),
                (
                    "person_index",
                    motcua.core.sealing.fields.BlindIndex(
                        editable=False, null=True, of="person", purpose="personal number"
                    ),
                ),
                ("party_id", models.BigIntegerField()),
                (
                    "state",
                    models.TextField(choices=[("given", "Đồng ý"), ("withdrawn", "Đã rút")], default="given"),
                ),
                ("payload", motcua.core.sealing.fields.SealedText()),
                (
                    "signature",
                    models.TextField(
                        help_text="HMAC-SHA-256 of the payload under the key of signed consents"
                    ),
                ),
                ("method", models.TextField()),
                ("given_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("reason", motcua.core.sealing.fields.SealedText(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="ConsentRevision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("about", models.TextField(help_text="agreement or consent")),
                ("about_uuid", models.UUIDField()),
                ("snapshot", motcua.core.sealing.fields.SealedText()),
                ("digest", models.TextField()),
                ("previous", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
                ("by", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("key", motcua.core.sealing.fields.SealedText(blind="key_index")),
                (
                    "key_index",
                    motcua.core.sealing.fields.BlindIndex(
                        editable=False, null=True, of="key", purpose="personal number"
                    ),
                ),
                ("path", models.TextField()),
                ("stands", motcua.core.sealing.fields.SealedJSON(null=True)),
                ("should_be", motcua.core.sealing.fields.SealedJSON()),
                ("reason", motcua.core.sealing.fields.SealedText()),
                ("file_uuid", models.UUIDField(null=True)),
                (
                    "state",
                    models.TextField(
                        choices=[("open", "Đang xem xét"), ("corrected", "Đã sửa"), ("refused", "Không sửa")],
                        default="open",
                    ),
                ),
                ("asked_by_party", models.BigIntegerField(null=True)),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("agency_id", models.BigIntegerField()),
                ("group", models.TextField()),
                ("case_id", models.BigIntegerField(null=True)),
                ("waits", models.BooleanField(default=False)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.TextField(blank=True, default="")),
                ("answer", motcua.core.sealing.fields.SealedText(blank=True, default="")),
                ("document", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Reader",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("agency_id", models.BigIntegerField(null=True)),
                ("public_key", models.JSONField()),
                ("active", models.BooleanField(default=True)),
                ("legal_basis", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SchemaVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                ("number", models.IntegerField()),
                ("definition", models.JSONField()),
                (
                    "state",
                    models.TextField(
                        choices=[("draft", "Bản nháp"), ("published", "Đã công bố")], default="draft"
                    ),
                ),
                ("written_by", models.TextField()),
                ("written_by_account", models.BigIntegerField(null=True)),
                ("written_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("published_by", models.TextField(blank=True, default="")),
                ("published_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SeenRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("jti", models.TextField()),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="record",
            name="record_one_current_version",
        ),
        migrations.RemoveIndex(
            model_name="civilentry",
            name="entry_by_person",
        ),
        migrations.RemoveIndex(
            model_name="record",
            name="record_by_key",
        ),
        migrations.RemoveIndex(
            model_name="record",
            name="record_folded",
        ),
        migrations.RemoveField(
            model_name="record",
            name="folded",
        ),
        migrations.AddField(
            model_name="civilentry",
            name="people",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="numberrequest",
            name="number_index",
            field=motcua.core.sealing.fields.BlindIndex(
                editable=False, null=True, of="number", purpose="personal number"
            ),
        ),
        migrations.AddField(
            model_name="record",
            name="key_index",
            field=motcua.core.sealing.fields.BlindIndex(
                editable=False, null=True, of="key", purpose="personal number"
            ),
        ),
        migrations.AddField(
            model_name="record",
            name="sealed",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AddField(
            model_name="record",
            name="terms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="record",
            name="version",
            field=models.IntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="civilentry",
            name="data",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="civilentry",
            name="person_numbers",
            field=motcua.core.sealing.fields.SealedJSON(default=list),
        ),
        migrations.AlterField(
            model_name="numberrequest",
            name="child",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="numberrequest",
            name="number",
            field=motcua.core.sealing.fields.SealedText(blank=True, blind="number_index", default=""),
        ),
        migrations.AlterField(
            model_name="numberrequest",
            name="reason",
            field=motcua.core.sealing.fields.SealedText(blank=True, default=""),
        ),
        migrations.AlterField(
            model_name="record",
            name="data",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="record",
            name="key",
            field=motcua.core.sealing.fields.SealedText(blind="key_index"),
        ),
        migrations.AlterField(
            model_name="record",
            name="register",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="records",
                to="registers.register",
            ),
        ),
        migrations.RunPython(seal_records, migrations.RunPython.noop),
        migrations.RunPython(seal_entries, migrations.RunPython.noop),
        seal_rows("registers", "NumberRequest"),
        migrations.AddIndex(
            model_name="civilentry",
            index=django.contrib.postgres.indexes.GinIndex(fields=["people"], name="entry_by_people"),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["register", "key_index"], name="record_by_key"),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("case_id__isnull", False)), fields=["case_id"], name="record_by_case"
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=django.contrib.postgres.indexes.GinIndex(fields=["terms"], name="record_terms"),
        ),
        migrations.AddConstraint(
            model_name="record",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=("register", "key_index", "valid_from"),
                name="record_one_current_version",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="register",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agreements",
                to="registers.register",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="registers.agreement"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentrevision",
            constraint=models.UniqueConstraint(
                fields=("about_uuid", "previous"), name="revision_follows_once"
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="record",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registers.record",
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="register",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="registers.register",
            ),
        ),
        migrations.AddField(
            model_name="schemaversion",
            name="register",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="registers.register"
            ),
        ),
        migrations.AddField(
            model_name="seenrequest",
            name="reader",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registers.reader"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(fields=("slug", "version"), name="agreement_version_once"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "in_force")), fields=("slug",), name="agreement_one_in_force"
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["person_index"], name="consent_by_person"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "given")),
                fields=("agreement", "person_index"),
                name="consent_one_given",
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["agency_id"], name="correction_open_at"
            ),
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(
                condition=models.Q(("case_id__isnull", False)), fields=["case_id"], name="correction_by_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("register", "key_index", "path"),
                name="correction_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemaversion",
            constraint=models.UniqueConstraint(fields=("register", "number"), name="schema_version_once"),
        ),
        migrations.AddConstraint(
            model_name="seenrequest",
            constraint=models.UniqueConstraint(fields=("reader", "jti"), name="register_request_seen_once"),
        ),
    ]
