"""What officers do at their desks, page by page."""

from __future__ import annotations

from motcua.cli.demonstration.people import People
from motcua.cli.demonstration.person import Person
from motcua.cli.demonstration.stage import Stage
from motcua.core.cases.models import Case, Task
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

WARD = "h55.237"


class Desk:
    """The desks of the ward, and of the commune in the other province."""

    def __init__(self, stage: Stage, people: People) -> None:
        self.stage, self.people = stage, people

    def number_on(self, person: Person) -> str:
        """The number of the case on the confirmation page."""
        return person.find(r"H\d{2}[\w.]*-\d{6}-\d{4,}")

    def receive(self, number: str) -> None:
        """The one-stop clerk takes the case in."""
        self._work_done_first()
        clerk = self.people.sign_in(f"{WARD}.00.one-stop-clerk")
        clerk.open(f"/mot-cua/ho-so/{self.people.case_uuid(number)}/tiep-nhan/")
        clerk.press("Tiếp nhận")

    def decide(self, number: str, post: str, outcome: str, *, unit: str = WARD) -> None:
        """An officer does the open step of the case with this outcome, with a reason where one is asked."""
        self._work_done_first()
        officer = self.people.sign_in(f"{unit}.{post.replace('_', '-')}")
        officer.open(f"/mot-cua/viec/{self._open_task(number, post)}/")
        form = next(form for form in officer.forms if "outcome" in form.inputs)
        fields = {"outcome": outcome}
        if outcome in {"refuse", "depart", "not_confirmed"}:
            fields["reason"] = "Theo quy tắc hệ thống đã nêu; ông/bà có thể khiếu nại trong 90 ngày."
        button = next(b for b in form.xpath(".//button") if "Đăng xuất" not in b.text_content())
        officer.press(str(button.text_content()).strip(), fields)

    def sign(self, number: str) -> None:
        """The chair signs this one of what waits."""
        self._work_done_first()
        chair = self.people.sign_in(f"{WARD}.chair")
        chair.open("/mot-cua/ky/").must_say(number)
        chair.press("Ký các văn bản đã chọn", {"task": [self._open_task(number, "chair")]})
        self.stage.let_work_be_done()

    def asks_elsewhere(self, number: str) -> bool:
        """Whether another commune is asked to verify."""
        self._work_done_first()
        with acting(SYSTEM):
            return Task.objects.filter(case__number=number, verb="verify", state="open").exists()

    def _open_task(self, number: str, role: str) -> str:
        with acting(SYSTEM):
            task = Task.objects.filter(case__number=number, role=role, state="open").order_by("id").first()
            if task is None:
                case = Case.objects.get(number=number)
                tasks = list(
                    Task.objects.filter(case=case).values_list("element_id", "role", "state", "outcome")
                )
                raise RuntimeError(
                    f"{number}: no open step for {role}; status {case.business_status_id}, {tasks}"
                )
            return str(task.uuid)

    def _work_done_first(self) -> None:
        self.stage.let_work_be_done()
