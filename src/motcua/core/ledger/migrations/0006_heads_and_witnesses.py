"""The tree in tiles; heads signed for outsiders; witnesses, and the halt of a log that lost what it had signed."""

import django.db.models.deletion
from django.db import migrations, models

import motcua.core.clock
from motcua.engines import merkle

LOGS = ("events", "results")

GUARD = """
alter table ledger_logtile alter column hashes set storage external;
create trigger ledger_logtile_append_only before update or delete on ledger_logtile
  for each statement execute function motcua_append_only();
create trigger ledger_signedhead_append_only before update or delete on ledger_signedhead
  for each statement execute function motcua_append_only();
create trigger ledger_cosignature_append_only before update or delete on ledger_cosignature
  for each statement execute function motcua_append_only();
create trigger ledger_loghalt_stays before delete on ledger_loghalt
  for each statement execute function motcua_append_only();
"""


def tile_what_stands(apps, schema_editor):
    """Full tiles of the logs that are there, from their leaves in order."""
    entries, tiles = apps.get_model("ledger", "LogEntry"), apps.get_model("ledger", "LogTile")
    for log in LOGS:
        leaves = entries.objects.filter(log=log).order_by("index").values_list("leaf", flat=True)
        filled = merkle.Edge().append(bytes(leaf) for leaf in leaves.iterator())
        tiles.objects.bulk_create(
            [
                tiles(log=log, level=tile.level, index=tile.index, hashes=tile.hashes, root=tile.root)
                for tile in filled
            ],
            batch_size=500,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_transparency"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "log",
                    models.TextField(
                        choices=[("events", "Nhật ký nội bộ"), ("results", "Nhật ký kết quả công khai")]
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("timestamp", models.BigIntegerField()),
                ("seen_at", models.BigIntegerField()),
                ("signature", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="LogHalt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "log",
                    models.TextField(
                        choices=[("events", "Nhật ký nội bộ"), ("results", "Nhật ký kết quả công khai")]
                    ),
                ),
                ("reason", models.TextField()),
                ("evidence", models.JSONField()),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("statement", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="LogTile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log", "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "log",
                    models.TextField(
                        choices=[("events", "Nhật ký nội bộ"), ("results", "Nhật ký kết quả công khai")]
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="SignedHead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "log",
                    models.TextField(
                        choices=[("events", "Nhật ký nội bộ"), ("results", "Nhật ký kết quả công khai")]
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("timestamp", models.BigIntegerField()),
                ("key_id", models.TextField()),
                ("signature", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.TextField(unique=True)),
                ("address", models.TextField(default="")),
                ("key_id", models.TextField(unique=True)),
                ("public_key", models.TextField()),
                ("active", models.BooleanField(default=True)),
                ("since", models.DateTimeField(default=motcua.core.clock.now)),
            ],
        ),
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(fields=["leaf"], name="log_entry_by_leaf"),
        ),
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(
                condition=models.Q(("submission__isnull", False)),
                fields=["submission"],
                name="log_entry_by_submission",
            ),
        ),
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(
                condition=models.Q(("event__isnull", False)), fields=["event"], name="log_entry_by_event"
            ),
        ),
        migrations.AddConstraint(
            model_name="loghalt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at__isnull", True)), fields=("log",), name="log_halts_once"
            ),
        ),
        migrations.AddIndex(
            model_name="signedhead",
            index=models.Index(fields=["log", "size"], name="signed_head_by_size"),
        ),
        migrations.AddConstraint(
            model_name="signedhead",
            constraint=models.UniqueConstraint(
                fields=("log", "timestamp", "key_id"), name="signed_head_moment"
            ),
        ),
        migrations.AddField(
            model_name="cosignature",
            name="witness",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cosignatures", to="ledger.witness"
            ),
        ),
        migrations.AddIndex(
            model_name="cosignature",
            index=models.Index(fields=["log", "size"], name="cosignature_by_size"),
        ),
        migrations.AddConstraint(
            model_name="cosignature",
            constraint=models.UniqueConstraint(
                fields=("witness", "log", "timestamp"), name="cosignature_of_a_head"
            ),
        ),
        migrations.RunPython(tile_what_stands, migrations.RunPython.noop),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
