"""Sign-ins can be ended from where they were made; accounts have a life; a mandate's scope is read on entering."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motcua.core.clock
import motcua.core.keys
import motcua.core.sealing.fields

BEFORE: str = import_module("motcua.core.identity.migrations.0002_row_security").ENTER
ENTER = (
    BEFORE.replace(
        "mandate_id bigint, principal_id bigint)",
        "mandate_id bigint, principal_id bigint, mandate_services text[], mandate_over boolean)",
    )
    .replace(
        "m.id as mandate_id, m.principal_id\n",
        "m.id as mandate_id, m.principal_id, m.service_codes as mandate_services,\n"
        "         s.mandate_id is not null and m.id is null as mandate_over\n",
    )
    .replace(
        "    found_one.principal_id;",
        "    found_one.principal_id, found_one.mandate_services, found_one.mandate_over;",
    )
)
AGAIN = "drop function motcua_enter(text, date);"


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_sealed"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountTurn",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.TextField(
                        choices=[("locked", "Khóa"), ("unlocked", "Mở khóa"), ("closed", "Đóng")]
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(default=motcua.core.clock.now)),
                ("by_label", models.TextField()),
                ("by_holder", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="FirstKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=motcua.core.keys.new_uuid, unique=True)),
                (
                    "purpose",
                    models.TextField(choices=[("first", "Đăng nhập lần đầu"), ("recovery", "Khôi phục")]),
                ),
                ("digest", models.TextField()),
                (
                    "evidence",
                    models.TextField(
                        choices=[
                            ("eid", "Định danh điện tử"),
                            ("chip_read", "Đọc chip thẻ căn cước"),
                            ("card_seen", "Xuất trình giấy tờ"),
                            ("register", "Cơ sở dữ liệu quốc gia"),
                            ("witness", "Người làm chứng"),
                            ("declared", "Tự khai"),
                        ]
                    ),
                ),
                ("issued_at", models.DateTimeField(default=motcua.core.clock.now)),
                ("issued_by", models.BigIntegerField(help_text="officer")),
                ("issued_label", models.TextField()),
                ("agency_id", models.BigIntegerField()),
                ("ready_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("approved_by", models.BigIntegerField(null=True)),
                ("approved_label", models.TextField(blank=True, default="")),
                ("wrong", models.SmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="IdentityPaper",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.TextField(
                        choices=[("residence_card", "Thẻ thường trú, thẻ tạm trú"), ("passport", "Hộ chiếu")]
                    ),
                ),
                ("country", models.TextField(help_text="ISO 3166-1 alpha-3")),
                ("number", motcua.core.sealing.fields.SealedText(blind="number_index")),
                (
                    "number_index",
                    motcua.core.sealing.fields.BlindIndex(
                        editable=False, null=True, of="number", purpose="identity paper", unique=True
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SpentToken",
            fields=[
                ("digest", models.TextField(primary_key=True, serialize=False)),
                ("lapses_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name="session",
            options={},
        ),
        migrations.AddField(
            model_name="mandate",
            name="file_uuid",
            field=models.UUIDField(
                blank=True, help_text="the notarised proxy, the proof of inheritance", null=True
            ),
        ),
        migrations.AddField(
            model_name="mandate",
            name="given_at",
            field=models.DateTimeField(default=motcua.core.clock.now),
        ),
        migrations.AddField(
            model_name="mandate",
            name="given_by",
            field=models.TextField(blank=True, default="", help_text="who gave it or checked its evidence"),
        ),
        migrations.AddField(
            model_name="mandate",
            name="revoked_because",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="mandate",
            name="revoked_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="session",
            name="eid_session",
            field=models.TextField(blank=True, default="", help_text="digest of source and its session id"),
        ),
        migrations.AddField(
            model_name="session",
            name="eid_subject",
            field=models.TextField(
                blank=True, default="", help_text="digest of source and subject, if by eID"
            ),
        ),
        migrations.AlterField(
            model_name="mandate",
            name="kind",
            field=models.TextField(
                choices=[
                    ("parent", "Cha, mẹ"),
                    ("guardian", "Người giám hộ"),
                    ("legal_representative", "Người đại diện theo pháp luật"),
                    ("proxy", "Người được ủy quyền"),
                    ("employee", "Người làm việc tại tổ chức"),
                    ("heir", "Người thừa kế"),
                ]
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("eid_subject", ""), _negated=True),
                fields=["eid_subject"],
                name="session_by_eid_subject",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("eid_session", ""), _negated=True),
                fields=["eid_session"],
                name="session_by_eid_session",
            ),
        ),
        migrations.AddField(
            model_name="accountturn",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="turns", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="firstkey",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="first_keys",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="identitypaper",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="identity.party"
            ),
        ),
        migrations.AddConstraint(
            model_name="firstkey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("issued_by")), _negated=True),
                    _connector="OR",
                ),
                name="first_key_by_two_officers",
            ),
        ),
        migrations.RunSQL(AGAIN + ENTER, AGAIN + BEFORE),
    ]
