"""The ten statuses of the national list, as data."""

from __future__ import annotations

from django.db import models


class Code(models.IntegerChoices):
    """The numbers by which every connected system knows a status; names and groups are rows of `Status`."""

    NEW = 1, "Mới đăng ký"
    RECEIVED = 2, "Được tiếp nhận"
    NOT_RECEIVED = 3, "Không được tiếp nhận"
    IN_PROCESS = 4, "Đang xử lý"
    SUPPLEMENT = 5, "Yêu cầu bổ sung giấy tờ"
    PAYMENT = 6, "Yêu cầu thực hiện nghĩa vụ tài chính"
    WITHDRAWN = 7, "Công dân yêu cầu rút hồ sơ"
    STOPPED = 8, "Dừng xử lý"
    FINISHED = 9, "Đã xử lý xong"
    RETURNED = 10, "Đã trả kết quả"


class Status(models.Model):
    """One status while it is in force: what it is called, where reports count it, whether the clock stands still."""

    code = models.PositiveSmallIntegerField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    group = models.TextField(help_text="where reports count it: waiting, processing, paused, done, refused")
    stops_clock = models.BooleanField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.TextField()

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
