"""A look taken while an application is filled in names the key under which it will be submitted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_quiet_jobs")]
    operations = [
        migrations.AddField("read", "application", models.UUIDField(null=True)),
        migrations.AddIndex(
            "read",
            models.Index(
                condition=models.Q(("application__isnull", False)),
                fields=["application"],
                name="read_by_application",
            ),
        ),
        migrations.AddIndex(
            "read",
            models.Index(
                condition=models.Q(("case_id__isnull", False)), fields=["case_id"], name="read_by_case"
            ),
        ),
    ]
