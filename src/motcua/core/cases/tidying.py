"""What is thrown away when nobody needs it any more: drafts that nobody goes on with, claims on submission keys."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from motcua.core import clock
from motcua.core.cases import papers
from motcua.core.cases.models import Draft
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM

DRAFT_KEPT = dt.timedelta(days=90)
"""A draft is data of a person that serves no case yet. No law gives a term: personal data are kept no longer than
their purpose needs (Law on Personal Data Protection 91/2025/QH15), and after three months what registers said in it
has to be looked up anew in any case."""
NOTICE_BEFORE = dt.timedelta(days=7)
"""The writer is told this long before, and always has this long to go on, also when the worker stood still."""
KEY_KEPT = dt.timedelta(days=30)
"""A claim on a key decides between submissions that race each other or are repeated by a browser or a partner; weeks
later the case itself answers for its key (`case_submitted_once`)."""
AT_ONCE = 1000


def announce(limit: int = AT_ONCE) -> int:
    """Tell the writers of drafts that will be removed; once for each time a draft was left lying. Returns how many."""
    from motcua.core.notifications import actions as notifications
    from motcua.core.services import queries as services

    told = 0
    left = _left_since(clock.now() - DRAFT_KEPT + NOTICE_BEFORE)
    for draft in left.filter(Q(notice_at=None) | Q(notice_at__lte=F("saved_at")))[:limit]:
        name = {lang: services.pack(draft.service_version_id).name(lang) for lang in ("vi", "en")}
        last = max(draft.saved_at + DRAFT_KEPT, clock.now() + NOTICE_BEFORE)
        day = f"{last.astimezone(clock.now().tzinfo):%d/%m/%Y}"
        notifications.notify(
            draft.party_id,
            kind="draft.expires",
            key=f"draft.expires/{draft.uuid}/{draft.saved_at:%Y%m%d%H%M%S}",
            texts={
                "vi": (
                    "Hồ sơ đang soạn sắp bị xóa",
                    f"Hồ sơ “{name['vi']}” chưa gửi sẽ bị xóa vào ngày {day}. Mở ra và lưu lại để giữ.",
                ),
                "en": (
                    "An application not sent will be removed",
                    f"“{name['en']}” was not sent and will be removed on {day}. Open and save it to keep it.",
                ),
            },
            link=f"/don/{draft.uuid}/",
        )
        Draft.objects.filter(pk=draft.pk).update(notice_at=clock.now())
        told += 1
    return told


def remove_drafts(limit: int = AT_ONCE) -> int:
    """Remove drafts left for 90 days whose writer was told 7 days ago and has not gone on. Returns how many."""
    from motcua.core.documents import retention

    now, removed = clock.now(), 0
    told = Q(notice_at__lte=now - NOTICE_BEFORE, notice_at__gt=F("saved_at"))
    due = _left_since(now - DRAFT_KEPT).filter(told)
    for pk in due.values_list("pk", flat=True)[:limit]:
        with transaction.atomic():
            draft = due.select_for_update(skip_locked=True).filter(pk=pk).first()
            if draft is None:
                continue  # gone on with, or submitted, at this very moment
            emit("draft.expired", SYSTEM, subject=("draft", draft.pk), data={"service": draft.service_code})
            files = papers.named(draft.files, draft.answers)
            draft.delete()
            retention.forget_files(files)
            removed += 1
    return removed


def forget_keys() -> int:
    """Remove claims on submission keys whose case is older than 30 days. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from cases_submissionkey k using cases_case c "
            "where c.uuid = k.case_uuid and c.received_at < %s",
            [clock.now() - KEY_KEPT],
        )
        return int(cursor.rowcount)


def _left_since(moment: dt.datetime) -> QuerySet[Draft]:
    return Draft.objects.filter(submitted_case=None, saved_at__lte=moment).order_by("id")
