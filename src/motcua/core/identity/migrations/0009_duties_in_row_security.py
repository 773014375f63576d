"""Row security is told the duties too: registers are open to some of them only."""

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("motcua.core.identity.migrations.0008_choice_without_asking_again").ENTER
ENTER = BEFORE.replace(
    "set_config('motcua.day', day::text, true);",
    "set_config('motcua.day', day::text, true),\n"
    "          set_config('motcua.groups', found_one.groups::text, true);",
)
AGAIN = "drop function motcua_enter(text, date);"


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_choice_without_asking_again")]
    operations = [migrations.RunSQL(AGAIN + ENTER, AGAIN + BEFORE)]
