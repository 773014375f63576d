"""Drafts remember when their writer was told that they will be removed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_facts_without_a_clock")]
    operations = [
        migrations.AddField(
            model_name="draft",
            name="notice_at",
            field=models.DateTimeField(
                help_text="when the writer was told that it will be removed", null=True
            ),
        ),
    ]
