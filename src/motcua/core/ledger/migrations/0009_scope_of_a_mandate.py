"""What row security asks besides: the services that the mandate acted under is limited to, and which day it is."""

from django.db import migrations

FUNCTIONS = """
create function motcua_services() returns text[] language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('motcua.services', true), ''), '{}')::text[] $$;

create function motcua_in_scope(service text) returns boolean language sql stable parallel safe as
$$ select cardinality(motcua_services()) = 0 or service = any (motcua_services()) $$;

create function motcua_day() returns date language sql stable parallel safe as
$$ select coalesce(nullif(current_setting('motcua.day', true), '')::date, current_date) $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_index_of_leaf_starts")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "drop function motcua_day, motcua_in_scope, motcua_services;"),
    ]
