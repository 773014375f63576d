"""Row security, fact views and the ten statuses."""

import json
from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parents[1]


def sql(name: str) -> str:
    return (HERE / "sql" / f"{name}.sql").read_text("utf-8")


def add_statuses(apps, schema_editor):
    shipped = json.loads((HERE / "data" / "statuses.json").read_text("utf-8"))
    status = apps.get_model("cases", "Status")
    pattern = apps.get_model("cases", "NumberPattern")
    using = schema_editor.connection.alias
    for row in shipped["statuses"]:
        status.objects.using(using).update_or_create(
            code=row["code"],
            defaults={**row, "valid_from": shipped["valid_from"], "source": shipped["source"]},
        )
    pattern.objects.using(using).get_or_create(
        agency=None,
        valid_from="2018-11-23",
        defaults={
            "pattern": "{agency}-{yymmdd}-{serial:04}",
            "source": "Thông tư 01/2018/TT-VPCP Điều 19; Quyết định 20/2020/QĐ-TTg",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [
        migrations.RunSQL(sql("row_security"), migrations.RunSQL.noop),
        migrations.RunSQL(sql("search"), migrations.RunSQL.noop),
        migrations.RunSQL(sql("facts_first"), "drop view fact_task; drop view fact_case;"),
        migrations.RunPython(add_statuses, migrations.RunPython.noop),
    ]
