"""Entering brings the choice itself along: pages of errors are rendered where nothing can be asked any more."""

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("motcua.core.identity.migrations.0007_whom_one_may_act_for").ENTER
START = "         a.party_id is not null and exists (\n"
END = "and (o.valid_until is null or o.valid_until >= day)) as may_act,\n"
HELD = (
    "         (select coalesce(jsonb_agg(jsonb_build_object('uuid', o.uuid, 'name', w.name) order by o.id), '[]')\n"
    "            from identity_mandate o join identity_party w on w.id = o.principal_id\n"
    "           where o.representative_id = a.party_id and o.revoked_at is null and o.valid_from <= day\n"
    "             and (o.valid_until is null or o.valid_until >= day)) as held,\n"
)
_before, _rest = BEFORE.split(START)
ENTER = (
    (_before + HELD + _rest.split(END)[1])
    .replace("principal_name text, may_act boolean)", "principal_name text, held jsonb)")
    .replace("found_one.principal_name, found_one.may_act;", "found_one.principal_name, found_one.held;")
)
AGAIN = "drop function motcua_enter(text, date);"


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_whom_one_may_act_for")]
    operations = [migrations.RunSQL(AGAIN + ENTER, AGAIN + BEFORE)]
