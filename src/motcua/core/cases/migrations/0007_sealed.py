"""What people answered, and what was decided of it, is sealed; the fact views read a column of its own."""

from pathlib import Path

from django.db import migrations, models

import motcua.core.sealing.fields
from motcua.core.sealing.upgrade import seal_rows

FACTS = (Path(__file__).resolve().parents[1] / "sql" / "facts.sql").read_text("utf-8")
ENDED_AS = "update cases_case set ended_as = coalesce(data #>> '{outcome,kind}', '')"
SEALED = ("Case", "DecisionRun", "Draft", "MovedCase", "ProcessStep", "ServiceRequest", "Supplement", "Task")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_moves_and_steps"),
        ("sealing", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL("drop view fact_task; drop view fact_case;", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="case",
            name="ended_as",
            field=models.TextField(
                default="", help_text="kind of data.outcome: granted, refused, withdrawn, …"
            ),
        ),
        migrations.RunSQL(ENDED_AS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="case",
            name="data",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="decisionrun",
            name="inputs",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="decisionrun",
            name="outcome",
            field=motcua.core.sealing.fields.SealedJSON(
                help_text="{value, rules: [{table, rule, annotations}]}"
            ),
        ),
        migrations.AlterField(
            model_name="decisionrun",
            name="proposed",
            field=motcua.core.sealing.fields.SealedJSON(null=True),
        ),
        migrations.AlterField(
            model_name="decisionrun",
            name="sources",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="draft",
            name="answers",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="draft",
            name="found",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="movedcase",
            name="before",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="processstep",
            name="act",
            field=motcua.core.sealing.fields.SealedJSON(
                help_text='["complete", token, result], ["start"], …'
            ),
        ),
        migrations.AlterField(
            model_name="processstep",
            name="heard",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="processstep",
            name="inputs",
            field=motcua.core.sealing.fields.SealedJSON(),
        ),
        migrations.AlterField(
            model_name="processstep",
            name="outcome",
            field=motcua.core.sealing.fields.SealedJSON(help_text="{state, effects, learnt}"),
        ),
        migrations.AlterField(
            model_name="servicerequest",
            name="parameters",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="supplement",
            name="answers",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        migrations.AlterField(
            model_name="supplement",
            name="items",
            field=motcua.core.sealing.fields.SealedJSON(help_text="[{field|paper, text}]"),
        ),
        migrations.AlterField(
            model_name="task",
            name="data",
            field=motcua.core.sealing.fields.SealedJSON(default=dict),
        ),
        seal_rows("cases", *SEALED),
        migrations.RunSQL(FACTS, "drop view fact_task; drop view fact_case;"),
    ]
