"""Jobs are found by polling each second: a NOTIFY in every insert would serialise the commits that make them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_row_security"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [
        migrations.RunSQL(
            """
do $$ declare noisy text; begin
  for noisy in select tgname from pg_trigger
    where tgrelid = 'procrastinate_jobs'::regclass and tgname like '%notify_queue_job_inserted%'
  loop
    execute format('alter table procrastinate_jobs disable trigger %I', noisy);
  end loop;
end $$;
""",
            migrations.RunSQL.noop,
        )
    ]
