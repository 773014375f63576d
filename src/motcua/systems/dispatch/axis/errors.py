"""The axis's error codes, with their words."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Code(IntEnum):
    OK = 0
    BAD_FILE = 10
    WRONG_SECRET = 15
    RECEIVER_UNKNOWN = 18
    SENDER_UNREGISTERED = 19
    AXIS_FAULT = 20
    PROCESSING_FAULT = 21
    WRONG_FORMAT = 22
    RECEIVER_LOCKED = 23

    @property
    def text(self) -> str:
        return _WORDS[self]


_WORDS = {
    Code.OK: "Thành công",
    Code.BAD_FILE: "Tệp gửi lên không đúng",
    Code.WRONG_SECRET: "Sai SystemId hoặc SecretKey",
    Code.RECEIVER_UNKNOWN: "Không có nơi nhận trên trục",
    Code.SENDER_UNREGISTERED: "Nơi gửi chưa đăng ký trên trục",
    Code.AXIS_FAULT: "Trục gặp lỗi",
    Code.PROCESSING_FAULT: "Không xử lý được tệp",
    Code.WRONG_FORMAT: "edXML không đúng định dạng",
    Code.RECEIVER_LOCKED: "Nơi nhận đang bị khóa",
}


class AxisError(Exception):
    """A call that the axis refuses: the code, and what of it is wrong."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value} {code.text}: {detail}" if detail else f"{code.value} {code.text}")
        self.code, self.detail = code, detail

    def answer(self) -> dict[str, Any]:
        return {"status": "FAIL", "ErrorCode": str(self.code.value), "ErrorDesc": self.said}

    @property
    def said(self) -> str:
        return f"{self.code.text}: {self.detail}" if self.detail else self.code.text


def done(**more: Any) -> dict[str, Any]:
    return {"status": "OK", "ErrorCode": "0", "ErrorDesc": Code.OK.text, **more}
