"""Questions to other agencies that must get through."""

from __future__ import annotations

from django.db import models

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON


class ErrandState(models.TextChoices):
    WAITING = "waiting", "Đang gửi"
    DONE = "done", "Đã có trả lời"
    FAILED = "failed", "Chưa gửi được"
    ENQUIRED = "enquired", "Đã hỏi bên kia"
    PAPER = "paper", "Làm bằng giấy"


class Fault(models.TextChoices):
    """Why a question was not answered, as a clerk would say it."""

    UNREACHABLE = "unreachable", "Không nối được với cơ quan kia"
    SLOW = "slow", "Cơ quan kia trả lời quá lâu"
    BROKEN = "broken", "Hệ thống của cơ quan kia đang lỗi"
    NOT_ALLOWED = "not_allowed", "Cơ quan kia chưa cho phép ta hỏi việc này"
    TOO_MANY = "too_many", "Ta đã hỏi quá số lần cho phép trong hôm nay"
    WRONG_QUESTION = "wrong_question", "Cơ quan kia cho rằng thông tin ta gửi chưa đúng"
    WRONG_ANSWER = "wrong_answer", "Trả lời của cơ quan kia không đọc được"


class Errand(models.Model):
    """One question under way. `key` names the act that asks, so that asking again makes no second one."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    key = models.TextField(unique=True)
    what = models.TextField(help_text="in plain words: Hỏi nơi cư trú của người nộp")
    whom = models.TextField(help_text="name of the agency that is asked")
    service = models.TextField(help_text="INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE")
    method = models.TextField(default="GET")
    path = models.TextField(default="")
    body = SealedJSON(null=True)
    purpose = models.TextField()
    destination = models.TextField(default="gateway")
    case_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    state = models.TextField(choices=ErrandState.choices, default=ErrandState.WAITING)
    attempts = models.IntegerField(default=0)
    fault = models.TextField(choices=Fault.choices, default="", blank=True)
    detail = models.TextField(default="", blank=True, help_text="for those who run the systems")
    answer = SealedJSON(null=True)
    made_at = models.DateTimeField(default=clock.now)
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["agency_id", "-id"],
                condition=models.Q(state__in=["failed", "enquired"]),
                name="core_exchange_open",
            ),
            models.Index(
                fields=["case_id"],
                condition=models.Q(case_id__isnull=False),
                name="core_exchange_by_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.state}"
