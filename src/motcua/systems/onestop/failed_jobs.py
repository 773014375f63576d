"""Background work that has failed for good: seen by the agency whose case it is for, tried again by a person."""

from __future__ import annotations

from dataclasses import dataclass

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from motcua.core import clock
from motcua.core.cases.models import Case
from motcua.core.errors import Conflict, NotFound, Text
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor

MANY = 200
FAILED = "failed"
WORK: dict[str, Text] = {
    "cases.acknowledge": Text("Báo đã nhận hồ sơ", "Tell that the application arrived"),
    "cases.tell_applicant": Text("Báo tin cho người nộp", "Tell the applicant"),
    "cases.tell_outside": Text("Báo hệ thống nơi gửi hồ sơ", "Tell the system that sent the case"),
    "cases.write_slip": Text("Lập và ký số phiếu", "Make and seal a slip"),
    "cases.fire_timers": Text("Chuyển bước khi hết giờ", "Go on when time is up"),
    "cases.verify_later": Text("Đối chiếu cơ sở dữ liệu sau khi nộp", "Compare with a register afterwards"),
    "cases.meet_doubts": Text("Ghi nhận dữ liệu bị báo sai", "Note data said to be wrong"),
    "cases.go_on": Text("Đi tiếp sau trả lời của cơ sở dữ liệu", "Go on after a register's answer"),
    "cases.reissue_result": Text("Cấp lại kết quả", "Issue the result again"),
    "cases.tell_process": Text("Chuyển bước sau khi bổ sung", "Go on after the answer"),
}


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that nobody tries any more, and the case it was for."""

    id: int
    task: str
    attempts: int
    case: Case

    def name(self, lang: str) -> str:
        known = WORK.get(self.task)
        return self.task if known is None else known.text(lang)


def of_agency(agency_id: int) -> list[FailedJob]:
    """Failed jobs of cases that the agency has a part in, the latest first."""
    jobs = list(
        ProcrastinateJob.objects.filter(status=FAILED, args__has_key="case_uuid").order_by("-id")[:MANY]
    )
    wanted = {str(job.args["case_uuid"]) for job in jobs}
    cases = {
        str(case.uuid): case
        for case in Case.objects.filter(uuid__in=wanted, agency_ids__contains=[agency_id])
    }
    return [
        FailedJob(job.id, job.task_name, job.attempts, cases[str(job.args["case_uuid"])])
        for job in jobs
        if str(job.args["case_uuid"]) in cases
    ]


def retry(actor: Actor, job_id: int) -> FailedJob:
    """Let a failed job run again. Raises NotFound for those of other agencies, Conflict when it runs already."""
    assert actor.agency_id is not None
    job = ProcrastinateJob.objects.filter(pk=job_id, args__has_key="case_uuid").first()
    if job is None:
        raise NotFound()
    case = Case.objects.filter(uuid=job.args["case_uuid"], agency_ids__contains=[actor.agency_id]).first()
    if case is None:
        raise NotFound()
    if job.status != FAILED:
        raise Conflict("Việc này đang được làm lại hoặc đã xong.", "This is being tried again, or is done.")
    app.job_manager.retry_job_by_id(job_id=job.id, retry_at=clock.now() - clock.sandbox_offset())
    emit("job.retried", actor, case_id=case.pk, data={"task": job.task_name})
    return FailedJob(job.id, job.task_name, job.attempts, case)
