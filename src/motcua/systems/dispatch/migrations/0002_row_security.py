"""An office sees its own documents; the axis's tables and the secrets of connections are the system's alone."""

from django.db import migrations

OF_AN_AGENCY = (
    "numbercounter",
    "outgoing",
    "sending",
    "incoming",
    "statusnote",
    "assignment",
    "workfile",
    "fileitem",
)
OF_THE_SYSTEM = ("axismember", "axistoken", "axisagency", "axismessage", "axisdelivery", "connection")


def _statements() -> str:
    rows = [
        f"alter table dispatch_{name} enable row level security;\n"
        f"create policy {name}_of_its_agency on dispatch_{name} using (\n"
        "  (select motcua_is_system()) or agency_id = any ((select motcua_units())::bigint[]));"
        for name in OF_AN_AGENCY
    ]
    rows += [
        f"alter table dispatch_{name} enable row level security;\n"
        f"create policy {name}_hidden on dispatch_{name} using ((select motcua_is_system()));"
        for name in OF_THE_SYSTEM
    ]
    rows.append(
        "alter table dispatch_fault enable row level security;\n"
        "create policy fault_of_its_agency on dispatch_fault using (\n"
        "  (select motcua_is_system()) or agency_id = any ((select motcua_units())::bigint[])\n"
        "  or (agency_id is null and cardinality((select motcua_units())) > 0));"
    )
    return "\n".join(rows)


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial"), ("ledger", "0002_row_security")]
    operations = [migrations.RunSQL(_statements(), migrations.RunSQL.noop)]
