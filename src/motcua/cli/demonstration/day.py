"""The day: a birth, a number that comes late, an extract on Sunday night, two pensions, and the figures."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from motcua.cli.demonstration.calendar import Days, days_before
from motcua.cli.demonstration.desk import Desk
from motcua.cli.demonstration.people import People
from motcua.cli.demonstration.person import Person
from motcua.cli.demonstration.stage import Stage

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
WARD = "h55.237"
NEIGHBOUR = "h05.200"


class Day:
    """Plays the scenes in order and tells each with its time. `play` returns the results as files."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        self.stage, self.say = stage, say
        self.people = People(stage)
        self.desk = Desk(stage, self.people)
        self.days: Days = days_before(dt.datetime.now(VIETNAM))
        self.results: list[Path] = []

    def play(self) -> list[Path]:
        began = time.monotonic()
        before = self._figures()
        self._birth()
        self._late_number()
        self._sunday_night()
        self._pensions()
        self._morning(before)
        self.say(f"\nMột ngày trong {time.monotonic() - began:.0f} giây · one day in so many seconds")
        return self.results

    # the scenes

    def _birth(self) -> None:
        self._scene("Một người mẹ, một tay bế con · a mother, one hand on the phone", self.days.friday(9, 30))
        self.people.bring_birth_notice("lan_anh")
        mother = self.people.sign_in("lan_anh")
        asked = self._apply_for_birth(mother, "TRẦN NGỌC MINH CHÂU")
        number = self.desk.number_on(mother)
        self._tell(
            f"nộp · submitted [bold]{number}[/bold]: {asked}; bấm hai lần vẫn một hồ sơ · two taps, one case"
        )
        self._scene("Phường Phan Đình Phùng · the ward", self.days.friday(10, 15))
        self.desk.receive(number)
        self._tell("công chức một cửa tiếp nhận · received")
        self.desk.decide(number, "civil_status_officer", "accept")
        self._tell("công chức hộ tịch đối chiếu xong; số định danh được cấp ngay · checked, number issued")
        self.desk.sign(number)
        self._tell("Chủ tịch ký, cơ quan đóng dấu số · signed and sealed")
        self._keep_result(mother, number, "khai-sinh")
        due = self.people.due_of(number)
        self._tell(f"hạn · due {due}; giấy khai sinh trong kho của mẹ · certificate in the vault")

    def _late_number(self) -> None:
        self._scene(
            "Kết hôn ở tỉnh khác, số định danh đến muộn · the number comes late", self.days.friday(13, 45)
        )
        child = "NGUYỄN HOÀNG BẢO AN"
        self.people.bring_birth_notice("mai")
        self.stage.population("late", for_child=child, delay_seconds=3600)
        mother = self.people.sign_in("mai")
        self._apply_for_birth(mother, child)
        number = self.desk.number_on(mother)
        self._tell(f"nộp · submitted [bold]{number}[/bold]")
        self.desk.receive(number)
        self.desk.decide(number, "civil_status_officer", "accept")
        if self.desk.asks_elsewhere(number):
            self.desk.decide(number, "civil_status_officer", "confirmed", unit=NEIGHBOUR)
            self._tell("Bắc Ninh xác nhận việc kết hôn, đồng hồ riêng · the other province answers")
            self.desk.decide(number, "civil_status_officer", "accept")
        self.desk.sign(number)
        first = self.people.result_of(number)
        self._tell(f"cấp trước, “chưa có số” · issued “number pending”: {first.code}")
        self._scene("Số định danh về · the number arrives", self.days.friday(15, 5))
        self.people.let_number_arrive(number)
        self.desk.sign(number)
        second = self.people.reissued(number, first)
        self._tell(f"cấp lại có số {second.personal_number}; bản trước ghi “đã được thay thế” · re-issued")
        self._keep_result(mother, number, "khai-sinh-cap-lai")

    def _sunday_night(self) -> None:
        self._scene("22 giờ Chủ nhật · ten on a Sunday night", self.days.sunday(22, 0))
        buyer = self.people.sign_in("khanh")
        self._start(buyer, "trich-luc-ho-tich")
        self._fill(buyer, {"copies": {"copies": "2"}})
        self._submit(buyer)
        number = self.desk.number_on(buyer)
        self._pay(buyer, number)
        self.stage.let_work_be_done()
        self._keep_result(buyer, number, "trich-luc")
        self._tell(f"[bold]{number}[/bold]: 2 bản, trả 16.000 đ · two copies, paid")
        self._tell("hệ thống tự quyết định và ký · decided and signed by the system itself")
        self._tell(f"tiền khớp · the money matches: {self.people.money_matches(self.days.sunday(22, 30))}")

    def _pensions(self) -> None:
        self._scene("Hai cụ già · two old people", self.days.monday(8, 10))
        granted = self._pension("suu")
        self._tell(f"[bold]{granted}[/bold]: hệ thống chuẩn bị, công chức đồng ý · prepared, adopted, signed")
        refused = self._pension("teo")
        reason = self.people.refusal_of(refused)
        self._tell(f"[bold]{refused}[/bold]: không đủ điều kiện · refused: {reason}")

    def _morning(self, before: dict[str, float]) -> None:
        self._scene("Sáng thứ Hai của Chủ tịch · the chairman's Monday morning", self.days.monday(11, 0))
        self.stage.count_indicators()
        after = self._figures()
        for name, words in (
            ("received", "hồ sơ tiếp nhận · received"),
            ("finished", "đã giải quyết · finished"),
            ("found", "thông tin có sẵn · facts found"),
            ("asked", "thông tin phải hỏi · facts asked"),
            ("trips", "chuyến đi tránh được · trips avoided"),
            ("money", "đồng tiết kiệm · đồng saved"),
        ):
            self._tell(f"{words}: {before[name]:,.0f} → {after[name]:,.0f}".replace(",", "."))

    # what people do at the portal

    def _apply_for_birth(self, mother: Person, child: str) -> str:
        self._start(mother, "khai-sinh")
        self._fill(mother, {"child": {"child.name": child}, "copies": {"copies": "0"}})
        counts = mother.find(r"(\d+)[^\d]{0,60}phải trả lời")
        found = mother.find(r"(\d+)[^\d]{0,60}(?:có sẵn|đã có)")
        self._submit(mother)
        return f"hỏi {counts}, có sẵn {found} · asked {counts}, found {found}"

    def _start(self, person: Person, slug: str) -> None:
        person.open(f"/thu-tuc/{slug}/nop/")
        if person.has_button("Đồng ý tra cứu"):
            person.press("Đồng ý tra cứu")

    def _fill(self, person: Person, answers: dict[str, dict[str, str]]) -> None:
        """Page by page until the last look; a page that asks nothing of ours is saved as it stands."""
        for _ in range(20):
            if "/xem-lai/" in person.url:
                return
            if "/trang/" not in person.url:
                person.open(self._next_page(person))
                continue
            asked = {one.get("name") for form in person.forms for one in form.inputs}
            given = {
                name: value for fields in answers.values() for name, value in fields.items() if name in asked
            }
            person.press("Lưu và tiếp tục", given)
            if person.says("chỗ cần sửa"):
                raise person.lost("an answer was not accepted")
        raise person.lost("the form has no end")

    def _next_page(self, person: Person) -> str:
        """From the task list to the first page that is not done, else to the last look."""
        for pattern in (r"/trang/[^/]+/$", r"/xem-lai/$"):
            if person.has_link(pattern):
                return person.link_to(pattern)
        raise person.lost("the task list leads nowhere")

    def _submit(self, person: Person) -> None:
        """The network is cut after the first tap, and she taps again: one case."""
        person.press_and_lose("Nộp hồ sơ")
        person.press("Nộp hồ sơ")

    def _pay(self, buyer: Person, number: str) -> None:
        buyer.open(f"/ho-so/{self.people.case_uuid(number)}/nop-tien/")
        if buyer.has_button("Nộp"):
            buyer.press("Nộp")
        buyer.open(self.people.bank_page(number))
        buyer.press("Chuyển 16.000 đ")

    def _pension(self, who: str) -> str:
        elder = self.people.sign_in(who)
        self._start(elder, "tro-cap-huu-tri-xa-hoi")
        self._fill(elder, self.people.pension_answers())
        self._submit(elder)
        number = self.desk.number_on(elder)
        self.desk.receive(number)
        self.desk.decide(number, "social_officer", "adopt")
        self.desk.sign(number)
        self._keep_result(elder, number, f"tro-cap-{who}")
        return number

    # telling

    def _keep_result(self, person: Person, number: str, name: str) -> None:
        """Download the newest result from the person's own vault, as they would."""
        self.stage.let_work_be_done()
        result = self.people.result_of(number)
        content = person.download(f"/van-ban/{result.uuid}/")
        file = self.people.folder / f"{name}.pdf"
        file.write_bytes(content)
        (self.people.folder / "result.pdf").write_bytes(content)
        self.results.append(file)

    def _figures(self) -> dict[str, float]:
        visitor = Person(self.stage.site, "khách")
        shown = json.loads(visitor.download("/chi-so/so-lieu.json?tu=2025-07-01"))
        return {**shown["sums"], "trips": shown["savings"]["trips"], "money": shown["savings"]["money"]}

    def _scene(self, title: str, moment: dt.datetime) -> None:
        self.stage.now_is(moment)
        self.say(f"\n[bold]{moment:%H:%M %d/%m}[/bold]  {title}")

    def _tell(self, words: str) -> None:
        self.say(f"  · {words}")
