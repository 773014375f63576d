"""The minutes of an indicator's day are office hours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_draft_notice")]
    operations = [
        migrations.AlterField(
            model_name="indicatorday",
            name="minutes",
            field=models.BigIntegerField(
                default=0,
                help_text="office hours from receipt to finish while the clock ran, of the finished cases",
            ),
        ),
    ]
