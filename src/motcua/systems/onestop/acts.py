"""What an officer may do with a case, as data: each act has its page, its fields, its consequence said in advance.

Adding an act is adding a line to `ACTS`; the page, its errors and its safety against double clicks come with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from motcua.core import clock
from motcua.core.cases import actions
from motcua.core.cases.models import Task
from motcua.core.cases.policies import AGAIN_BECAUSE
from motcua.core.cases.queries import CaseView
from motcua.core.errors import Text, UserError
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import AgencyKind
from motcua.core.payments import actions as payments
from motcua.core.payments import queries as balances
from motcua.core.registers import actions as register_actions
from motcua.core.registers import queries as registers
from motcua.core.services import queries as services
from motcua.core.services.pack import finding

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One box of an act's page. `kind`: text, area, select, radios, checks, day."""

    name: str
    kind: str
    label: Text
    hint: Text | None = None
    required: bool = True
    options: Callable[[CaseView, str], Options] | None = None
    shown: Callable[[CaseView], bool] = lambda case: True
    value: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What the officer typed: single texts, and lists for boxes that may be ticked."""

    texts: Mapping[str, str]
    lists: Mapping[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.texts.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Act:
    """`may` says whether the officer can do it now; `do` does it and raises UserError for what is to be mended."""

    slug: str
    title: Text
    consequence: Text
    button: Text
    done: Text
    may: Callable[[Actor, CaseView], bool]
    do: Callable[[Actor, CaseView, Given], object]
    fields: tuple[Field, ...] = ()
    danger: bool = False
    icon: str = "pen-line"
    weight: str = "secondary"


def _ability(name: str) -> Callable[[Actor, CaseView], bool]:
    return lambda actor, case: bool(case.abilities.get(name))


REASON = Field(
    "reason",
    "area",
    Text("Lý do", "Reason"),
    Text("Người nộp sẽ đọc được câu này", "The applicant will read this"),
)
BASIS = Field(
    "legal_basis",
    "text",
    Text("Căn cứ pháp lý", "Legal basis"),
    Text("Tên văn bản, số, điều, khoản", "Name, number, article and clause of the text"),
)
NOTE = Field("reason", "area", Text("Ghi chú", "Note"), required=False)


def paper_options(case: CaseView, lang: str) -> Options:
    """The papers that this case's facts call for: (id, name)."""
    pack = services.pack(case.service_version_id)
    facts = pack.facts(
        case.answers,
        finding.from_json(case.found),
        applicant=case.applicant,
        received=case.received_at,
        extra=case.facts,
    )
    return [(paper.id, paper.name) for paper in pack.papers(facts, None, lang)]


def _grounds(case: CaseView, lang: str) -> Options:
    return [(key, texts[1 if lang == "en" else 0]) for key, texts in AGAIN_BECAUSE.items()]


def _agencies(case: CaseView, lang: str) -> Options:
    """Where a case may be handed: committees and departments of the province it is handled in."""
    here = organisations.agency(case.handling_agency_id)
    kinds = (AgencyKind.COMMUNE_COMMITTEE, AgencyKind.DEPARTMENT)
    rows = organisations.agencies(province_code=here.province_code).filter(kind__in=kinds).exclude(pk=here.pk)
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _ways(case: CaseView, lang: str) -> Options:
    ways = {
        "electronic": Text(
            "Bản điện tử, vào kho dữ liệu của người nộp", "Electronically, into the person's vault"
        ),
        "counter": Text("Trao bản giấy tại quầy", "A paper copy, handed over at the counter"),
    }
    return [(key, words.text(lang)) for key, words in ways.items()]


def _number_states(case: CaseView, lang: str) -> Options:
    states = {
        "issued": Text("Không trùng: ghi số đã được cấp", "No duplicate: enter the number that was issued"),
        "refused": Text(
            "Đúng là trùng hoặc không được cấp: khép yêu cầu", "A duplicate, or refused: close the request"
        ),
    }
    return [(key, words.text(lang)) for key, words in states.items()]


def _receive(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.receive(actor, case.uuid, note=given.text("reason"))


def _refuse_receipt(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.refuse_receipt(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def _ask_supplement(actor: Actor, case: CaseView, given: Given) -> object:
    known = dict(paper_options(case, "vi"))
    items: list[dict[str, str]] = [
        {"text": known[paper], "paper": paper} for paper in given.lists.get("papers", []) if paper in known
    ]
    items += [{"text": line.strip()} for line in given.text("items").splitlines() if line.strip()]
    return actions.ask_supplement(
        actor, case.uuid, items, given.text("reason"), again_because=given.text("again_because")
    )


def _refuse(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.refuse(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def _transfer(actor: Actor, case: CaseView, given: Given) -> object:
    chosen = given.text("to_agency")
    if chosen not in dict(_agencies(case, "vi")):
        raise UserError("Chọn cơ quan nhận hồ sơ.", "Choose the agency that takes the case.", "to_agency")
    return actions.transfer(actor, case.uuid, int(chosen), given.text("reason"))


def _take_over(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.acknowledge_transfer(actor, case.uuid)


def _extend(actor: Actor, case: CaseView, given: Given) -> object:
    try:
        year, month, day = (int(given.text(f"new_due-{part}")) for part in ("year", "month", "day"))
        chosen = dt.date(year, month, day)
    except ValueError:
        raise UserError(
            "Nhập ngày hẹn mới bằng số, ví dụ 27 11 2026.",
            "Enter the new day in figures, as 27 11 2026.",
            "new_due",
        ) from None
    calendar = organisations.calendar(case.handling_agency_id)
    sessions = calendar.half_days(chosen)
    closes = sessions[-1][1] if sessions else dt.time(17)
    return actions.extend(actor, case.uuid, calendar.at(chosen, closes), given.text("reason"))


def _stop(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.stop(actor, case.uuid, given.text("reason"), given.text("legal_basis"))


def _resume(actor: Actor, case: CaseView, given: Given) -> object:
    return actions.resume(actor, case.uuid, given.text("reason"))


def _return(actor: Actor, case: CaseView, given: Given) -> object:
    how = given.text("how")
    if how not in dict(_ways(case, "vi")):
        raise UserError("Chọn cách trả kết quả.", "Choose how the result is returned.", "how")
    return actions.return_result(actor, case.uuid, how=how)


def _may_take_over(actor: Actor, case: CaseView) -> bool:
    return any(task.verb == "take_over" and task.may_do for task in case.open_tasks)


def _may_charge(actor: Actor, case: CaseView) -> bool:
    return actor.has("cashier") and case.finished_at is None and balances.balance(str(case.uuid)).due > 0


def _charge(actor: Actor, case: CaseView, given: Given) -> object:
    return payments.pay_at_counter(actor, str(case.uuid))


def _may_settle_number(actor: Actor, case: CaseView) -> bool:
    request = registers.number_request(case.id)
    handles = case.handling_agency_id in actor.unit_ids and actor.has("civil_status_officer")
    return handles and request is not None and request.state != "issued"


def _settle_number(actor: Actor, case: CaseView, given: Given) -> object:
    """Settle the request, and with it the work item that asked for it."""
    request = registers.number_request(case.id)
    assert request is not None
    state, number, reason = given.text("state"), given.text("number").replace(" ", ""), given.text("reason")
    if state not in dict(_number_states(case, "vi")):
        raise UserError("Chọn kết luận.", "Choose the conclusion.", "state")
    if not reason:
        raise UserError("Nhập lý do.", "Give the reason.", "reason")
    if state == "issued":
        from motcua.engines.text import personal_number

        try:
            number = personal_number(number, today=clock.today()).number
        except ValueError as wrong:
            raise UserError(str(wrong), str(wrong), "number") from wrong
    settled = register_actions.settle_number_request(
        actor, request.pk, state, number if state == "issued" else "", reason
    )
    for task in Task.objects.filter(case_id=case.id, state=Task.State.OPEN, verb="number"):
        actions.complete_task(actor, task.uuid, "settled", reason=reason)
    return settled


ACTS: tuple[Act, ...] = (
    Act(
        "tiep-nhan",
        Text("Tiếp nhận hồ sơ", "Receive the application"),
        Text(
            "Hồ sơ đầy đủ, đúng quy định. Giấy tiếp nhận và hẹn trả kết quả được lập, ký số và gửi cho người nộp.",
            "It is complete. The receipt with the appointed day is made, sealed and sent to the applicant.",
        ),
        Text("Tiếp nhận", "Receive"),
        Text("Đã tiếp nhận hồ sơ. Giấy tiếp nhận đang được lập.", "Received. The receipt is being made."),
        _ability("receive"),
        _receive,
        (NOTE,),
        icon="inbox",
        weight="primary",
    ),
    Act(
        "nhan-ban-giao",
        Text("Nhận bàn giao hồ sơ", "Acknowledge the hand-over"),
        Text(
            "Từ lúc nhận, cơ quan của ông/bà chịu trách nhiệm xử lý và thời hạn. Phiếu kiểm soát ghi lại bàn giao.",
            "From now on your agency answers for the case and its deadline. The control slip records this hand-over.",
        ),
        Text("Nhận hồ sơ", "Take the case"),
        Text("Đã nhận bàn giao hồ sơ.", "The case is taken over."),
        _may_take_over,
        _take_over,
        icon="hand",
        weight="primary",
    ),
    Act(
        "thu-tien",
        Text("Thu phí, lệ phí tại quầy", "Take payment at the counter"),
        Text(
            "Chỉ bấm khi đã nhận đủ tiền. Biên lai được lập ngay và hồ sơ đi tiếp.",
            "Press only when the money is in your hands. The receipt is made at once and the case goes on.",
        ),
        Text("Đã nhận đủ tiền", "The money is received"),
        Text("Đã thu tiền. Biên lai ở mục Phí, lệ phí.", "Paid. The receipt stands under Fees."),
        _may_charge,
        _charge,
        icon="banknote",
        weight="primary",
    ),
    Act(
        "tra-ket-qua",
        Text("Trả kết quả", "Return the result"),
        Text(
            "Hồ sơ kết thúc khi kết quả đã đến tay người nộp.",
            "The case ends when the person has the result.",
        ),
        Text("Đã trả kết quả", "The result is returned"),
        Text("Đã trả kết quả, hồ sơ kết thúc.", "Returned: the case is closed."),
        _ability("return_result"),
        _return,
        (
            Field(
                "how",
                "radios",
                Text("Trả bằng cách nào?", "How is it returned?"),
                options=_ways,
                value="electronic",
            ),
        ),
        icon="hand-helping",
        weight="primary",
    ),
    Act(
        "yeu-cau-bo-sung",
        Text("Yêu cầu bổ sung hồ sơ", "Ask for what is missing"),
        Text(
            "Chỉ được yêu cầu một lần, đầy đủ, trong 3 ngày làm việc từ khi tiếp nhận. Thời hạn tạm dừng đến khi người "
            "nộp bổ sung; Phiếu yêu cầu bổ sung được gửi ngay.",
            "Once, in full, and within three working days of receipt. The clock stands still until the applicant "
            "answers; the slip is sent at once.",
        ),
        Text("Gửi yêu cầu bổ sung", "Send the request"),
        Text("Đã gửi yêu cầu bổ sung. Thời hạn tạm dừng.", "The request is sent. The clock stands still."),
        _ability("ask_supplement"),
        _ask_supplement,
        (
            Field(
                "papers",
                "checks",
                Text("Giấy tờ còn thiếu", "Papers that are missing"),
                required=False,
                options=paper_options,
                shown=lambda case: bool(paper_options(case, "vi")),
            ),
            Field(
                "items",
                "area",
                Text("Nội dung khác cần bổ sung", "Other things to be added"),
                Text(
                    "Mỗi dòng một nội dung; nêu đủ mọi thứ còn thiếu",
                    "One on each line; name everything missing",
                ),
                required=False,
            ),
            REASON,
            Field(
                "again_because",
                "select",
                Text("Căn cứ để yêu cầu lần nữa", "Ground for asking once more"),
                options=_grounds,
                shown=lambda case: bool(case.supplements),
            ),
        ),
        icon="list-checks",
    ),
    Act(
        "so-dinh-danh",
        Text("Xử lý phản hồi về số định danh", "Settle the answer about the personal number"),
        Text(
            "Đối chiếu với cơ quan quản lý dân cư rồi ghi kết luận. Có số mới thì Giấy khai sinh được cấp lại.",
            "Check with the population authority and note the conclusion. With a number the certificate is re-issued.",
        ),
        Text("Ghi kết luận", "Note the conclusion"),
        Text("Đã ghi kết luận về số định danh.", "The conclusion is noted."),
        _may_settle_number,
        _settle_number,
        (
            Field("state", "radios", Text("Kết luận", "Conclusion"), options=_number_states),
            Field(
                "number",
                "text",
                Text("Số định danh cá nhân được cấp", "The personal number that was issued"),
                Text(
                    "12 chữ số; bỏ trống khi khép yêu cầu", "12 digits; leave empty when closing the request"
                ),
                required=False,
            ),
            REASON,
        ),
        icon="fingerprint",
    ),
    Act(
        "chuyen",
        Text("Chuyển hồ sơ cho cơ quan khác", "Hand the case to another agency"),
        Text(
            "Bàn giao có hiệu lực khi cơ quan nhận xác nhận; trước lúc đó hồ sơ vẫn thuộc trách nhiệm của ông/bà.",
            "The hand-over counts when the other agency acknowledges it; until then the case is yours.",
        ),
        Text("Chuyển hồ sơ", "Hand over"),
        Text(
            "Đã chuyển, chờ cơ quan kia nhận bàn giao.",
            "Handed over: the other agency has to acknowledge it.",
        ),
        _ability("transfer"),
        _transfer,
        (
            Field("to_agency", "select", Text("Cơ quan nhận", "Agency that takes it"), options=_agencies),
            REASON,
        ),
        icon="send",
    ),
    Act(
        "xin-loi",
        Text("Xin lỗi và hẹn lại", "Apologise and appoint another day"),
        Text(
            "Chỉ được hẹn lại một lần, chậm nhất 1 ngày trước khi hết hạn. Văn bản xin lỗi gửi cho người nộp.",
            "Once only, at the latest one day before the deadline. The letter of apology goes to the applicant.",
        ),
        Text("Gửi lời xin lỗi và hẹn lại", "Send the apology"),
        Text("Đã gửi lời xin lỗi và ngày hẹn mới.", "The apology and the new day are sent."),
        _ability("extend"),
        _extend,
        (Field("new_due", "day", Text("Ngày hẹn mới", "New day")), REASON),
        icon="calendar-plus",
    ),
    Act(
        "dung",
        Text("Dừng giải quyết hồ sơ", "Stop working on the case"),
        Text(
            "Thời hạn dừng tính. Thông báo dừng giải quyết nêu lý do và căn cứ được gửi cho người nộp.",
            "The clock stands still. A notice with reason and legal basis goes to the applicant.",
        ),
        Text("Dừng giải quyết", "Stop"),
        Text("Đã dừng giải quyết.", "Stopped."),
        _ability("stop"),
        _stop,
        (REASON, BASIS),
        icon="circle-pause",
    ),
    Act(
        "tiep-tuc",
        Text("Tiếp tục giải quyết hồ sơ", "Go on with the case"),
        Text("Thời hạn chạy tiếp từ chỗ đã dừng.", "The clock goes on from where it stood."),
        Text("Tiếp tục giải quyết", "Go on"),
        Text("Hồ sơ được giải quyết tiếp.", "The case goes on."),
        _ability("resume"),
        _resume,
        (REASON,),
        icon="play",
        weight="primary",
    ),
    Act(
        "tu-choi-tiep-nhan",
        Text("Từ chối tiếp nhận hồ sơ", "Refuse to receive the application"),
        Text(
            "Hồ sơ kết thúc. Phiếu từ chối nêu lý do được gửi cho người nộp.",
            "The case ends. The refusal slip with the reason goes to the applicant.",
        ),
        Text("Từ chối tiếp nhận", "Refuse to receive"),
        Text("Đã từ chối tiếp nhận.", "Receipt refused."),
        _ability("refuse_receipt"),
        _refuse_receipt,
        (REASON, Field("legal_basis", "text", BASIS.label, BASIS.hint, required=False)),
        danger=True,
        icon="circle-x",
        weight="warning",
    ),
    Act(
        "tu-choi",
        Text("Từ chối giải quyết hồ sơ", "Refuse the application"),
        Text(
            "Hồ sơ kết thúc. Phiếu từ chối nêu lý do, căn cứ và cách khiếu nại được gửi cho người nộp.",
            "The case ends. The slip with the reason, the law and how to object goes to the applicant.",
        ),
        Text("Từ chối giải quyết", "Refuse"),
        Text("Đã từ chối giải quyết.", "Refused."),
        _ability("refuse"),
        _refuse,
        (REASON, BASIS),
        danger=True,
        icon="circle-x",
        weight="warning",
    ),
)
BY_SLUG = {act.slug: act for act in ACTS}


def possible(actor: Actor, case: CaseView) -> list[Act]:
    """The acts that this officer can do with the case now, the most usual first."""
    return [act for act in ACTS if act.may(actor, case)]
