"""A rotation of keys seals steps anew; what they say stays as it was."""

from django.db import migrations

POLICY = """
create policy step_sealed_anew on cases_processstep for update using ((select motcua_is_system()));
create function cases_keep_step() returns trigger language plpgsql as $$
declare
  sealed constant text[] := '{act, inputs, heard, outcome}';
begin
  if to_jsonb(new) - sealed <> to_jsonb(old) - sealed then
    raise exception 'a step is never changed, only sealed anew' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger step_stays before update on cases_processstep for each row execute function cases_keep_step();
"""
UNDO = """
drop trigger step_stays on cases_processstep;
drop function cases_keep_step;
drop policy step_sealed_anew on cases_processstep;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_scope_at_a_glance")]
    operations = [migrations.RunSQL(POLICY, UNDO)]
