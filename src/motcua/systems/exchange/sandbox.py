"""A provider for trying things out: made-up people, the errors of real life, never real data."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from motcua.core import clock

PEOPLE = {
    "001099000011": {
        "so_dinh_danh": "001099000011",
        "ho_ten": "Nguyễn Văn Mẫu",
        "nam_sinh": 1999,
        "noi_cu_tru": "Phường Thử Nghiệm",
    },
    "001099000022": {
        "so_dinh_danh": "001099000022",
        "ho_ten": "Trần Thị Ví Dụ",
        "nam_sinh": 2008,
        "noi_cu_tru": "Xã Giả Định",
    },
}
ADULT = 18
DOCUMENT = """\
openapi: 3.1.0
info: {title: Dịch vụ thử, version: "1", description: "Người và số liệu ở đây là bịa ra để thử."}
paths:
  /nguoi/{so}:
    get:
      summary: Thông tin của một người (thử 001099000011)
      parameters: [{name: so, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: tìm thấy}, "404": {description: không có người này}}
  /nguoi/{so}/du-18:
    get:
      summary: Người này đã đủ 18 tuổi chưa
      parameters: [{name: so, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: có hoặc chưa}}
  /loi:
    get:
      summary: Trả lời bằng lỗi mà ta chọn, để thử cách xử lý
      parameters: [{name: ma, in: query, schema: {type: integer, default: 500}}]
      responses: {"500": {description: lỗi}}
"""


def answer(method: str, target: str) -> tuple[int, bytes]:
    """Status and JSON of one call; `target` is path and query below the service's address."""
    parts = urlsplit(target)
    words = [word for word in parts.path.split("/") if word]
    if method != "GET":
        return _said(405, {"loi": "Dịch vụ thử chỉ nhận GET."})
    if words == ["loi"]:
        wanted = parse_qs(parts.query).get("ma", ["500"])[0]
        code = int(wanted) if wanted.isdecimal() and 400 <= int(wanted) <= 599 else 500
        return _said(code, {"loi": f"Đây là lỗi {code} theo yêu cầu."})
    person = PEOPLE.get(words[1]) if len(words) >= 2 and words[0] == "nguoi" else None
    if person is None or len(words) > 3 or words[2:] not in ([], ["du-18"]):
        return _said(404, {"loi": "Không có. Thử /nguoi/001099000011."})
    if words[2:]:
        return _said(200, {"du_18": clock.today().year - int(str(person["nam_sinh"])) >= ADULT})
    return _said(200, dict(person))


def _said(status: int, what: dict[str, object]) -> tuple[int, bytes]:
    return status, json.dumps(what, ensure_ascii=False).encode()
