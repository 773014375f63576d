"""A birth from receipt to return, as clerk, civil-status officer and chair meet it."""

from __future__ import annotations

import re

from motcua.core.cases.models import Case, Code, Task
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.onestop.tests.conftest import Desk, again, work


def step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def test_a_birth_goes_from_the_clerk_to_the_registrar_to_the_chair_and_back(
    office: Desk, birth: Case
) -> None:
    listed = office.clerk.get("/mot-cua/viec/").content.decode()
    assert birth.number in listed
    assert "Tiếp nhận hồ sơ" in listed
    page = office.clerk.get(f"/mot-cua/ho-so/{birth.uuid}/").content.decode()
    assert "TRẦN NGỌC MINH CHÂU" in page
    assert "Cơ sở dữ liệu quốc gia về dân cư" in page
    assert "Người nộp trả lời" in page
    assert "Trong ngày. Trong ngày" not in page
    cells = re.findall(r'<td[^>]*data-of="Từ đâu"[^>]*>(.*?)</td>', page, re.DOTALL)
    kinds = {(cell.split('"')[1], "Người nộp" in cell) for cell in cells}
    assert kinds == {("mc-source", False), ("mc-secondary", True)}

    answer = office.clerk.post(f"/mot-cua/ho-so/{birth.uuid}/tiep-nhan/", {"reason": ""})
    assert answer.status_code == 303
    work()
    case = again(birth)
    assert case.business_status_id == Code.IN_PROCESS

    appraise = step(birth, "appraise")
    assert office.registrar.get(f"/mot-cua/viec/{appraise.uuid}/").status_code == 200
    answer = office.registrar.post(f"/mot-cua/viec/{appraise.uuid}/", {"outcome": "accept", "reason": ""})
    assert answer.status_code == 303
    work()

    chair = office.chair
    waiting = chair.get("/mot-cua/ky/").content.decode()
    assert birth.number in waiting
    with acting(SYSTEM):
        draft = Document.objects.get(case_id=birth.pk, kind="result")
    preview = chair.get(f"/mot-cua/van-ban/{draft.uuid}/")
    assert preview.content.startswith(b"%PDF")
    answer = chair.post("/mot-cua/ky/", {"task": [str(step(birth, "sign").uuid)]}, follow=True)
    assert "Đã ký 1/1 văn bản" in answer.content.decode()
    work()

    case = again(birth)
    assert case.business_status_id == Code.RETURNED
    with acting(SYSTEM):
        result = Document.objects.get(pk=draft.pk)
    assert result.state == "issued"
    seen = office.registrar.get(f"/mot-cua/ho-so/{birth.uuid}/").content.decode()
    assert "Đã trả kết quả" in seen
