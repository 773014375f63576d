"""Entering tells for whom one acts, and whether there is anybody else to act for: the header offers the choice."""

from importlib import import_module

from django.db import migrations

BEFORE: str = import_module("motcua.core.identity.migrations.0006_cards_papers_and_scope").ENTER
ENTER = (
    BEFORE.replace(
        "mandate_services text[], mandate_over boolean)",
        "mandate_services text[], mandate_over boolean, principal_name text, may_act boolean)",
    )
    .replace(
        "m.service_codes as mandate_services,\n",
        "m.service_codes as mandate_services, q.name as principal_name,\n"
        "         a.party_id is not null and exists (\n"
        "           select from identity_mandate o where o.representative_id = a.party_id and o.revoked_at is null\n"
        "             and o.valid_from <= day and (o.valid_until is null or o.valid_until >= day)) as may_act,\n",
    )
    .replace(
        "    left join lateral (\n",
        "    left join identity_party q on q.id = m.principal_id\n    left join lateral (\n",
        1,
    )
    .replace(
        "found_one.mandate_services, found_one.mandate_over;",
        "found_one.mandate_services, found_one.mandate_over,\n"
        "    found_one.principal_name, found_one.may_act;",
    )
)
AGAIN = "drop function motcua_enter(text, date);"


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_cards_papers_and_scope")]
    operations = [migrations.RunSQL(AGAIN + ENTER, AGAIN + BEFORE)]
