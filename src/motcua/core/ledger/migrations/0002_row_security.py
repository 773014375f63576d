"""Who acts, as SQL sees it; and tables to which the site may only add."""

from django.db import migrations

FUNCTIONS = """
create function motcua_kind() returns text language sql stable parallel safe as
$$ select coalesce(current_setting('motcua.kind', true), '') $$;

create function motcua_is_system() returns boolean language sql stable parallel safe as
$$ select current_setting('motcua.kind', true) = 'system' $$;

create function motcua_party() returns bigint language sql stable parallel safe as
$$ select nullif(current_setting('motcua.party', true), '')::bigint $$;

create function motcua_units() returns bigint[] language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('motcua.units', true), ''), '{}')::bigint[] $$;

create function motcua_append_only() returns trigger language plpgsql as
$$ begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'insufficient_privilege';
end $$;
"""
APPEND_ONLY = "".join(
    f"""
create trigger {table}_append_only before update or delete on {table}
  for each statement execute function motcua_append_only();
"""
    for table in (
        "ledger_event",
        "ledger_read",
        "ledger_logsubmission",
        "ledger_logentry",
        "ledger_lognode",
        "ledger_treehead",
    )
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "drop function motcua_append_only, motcua_units, motcua_party, motcua_is_system, motcua_kind;",
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
