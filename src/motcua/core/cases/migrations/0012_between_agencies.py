"""Officers see the papers of their own agencies; a file that a case names is that case's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import migrations
from django.db.models import F, Q

from motcua.core.cases.papers import named

SQL = (Path(__file__).resolve().parents[1] / "sql" / "between_agencies.sql").read_text("utf-8")
SENT_AFTERWARDS = """
update documents_file f set case_id = s.case_id
  from cases_supplement s, jsonb_each(s.files) given, jsonb_array_elements_text(given.value) sent
 where f.case_id is null and f.uuid::text = sent
"""


def join_cases(apps: Any, editor: Any) -> None:
    """Files within answers had no case: find the one that names them among their owner's."""
    files, cases = apps.get_model("documents", "File"), apps.get_model("cases", "Case")
    alone = files.objects.using(editor.connection.alias).filter(case_id=None).exclude(owner_party_id=None)
    for owner in alone.order_by().values_list("owner_party_id", flat=True).distinct():
        theirs = cases.objects.using(editor.connection.alias).filter(
            Q(applicant_id=owner) | Q(submitter_id=owner) | Q(beneficiary_id=owner)
        )
        for pk, within in _named_by(theirs):
            alone.filter(owner_party_id=owner, uuid__in=within).update(case_id=pk)


def _named_by(cases: Any) -> Iterator[tuple[int, list[Any]]]:
    for case in cases.order_by(F("received_at"), "pk").iterator(chunk_size=200):
        yield case.pk, named(case.data.get("papers", {}), case.data.get("answers"))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_steps_sealed_anew"),
        ("documents", "0008_file_of_an_agency"),
        ("registers", "0009_look_by_a_call"),
    ]
    operations = [
        migrations.RunSQL(SENT_AFTERWARDS, migrations.RunSQL.noop),
        migrations.RunPython(join_cases, migrations.RunPython.noop),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
