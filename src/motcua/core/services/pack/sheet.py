"""The service sheet: what people and reviewers read of a pack before anything is filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from motcua.core.services.pack.parts import FeeRule, LimitRule, Sheet, SheetLine
from motcua.core.services.pack.sources import SOURCES
from motcua.engines import text
from motcua.engines.working_time import Unit

if TYPE_CHECKING:
    from motcua.core.services.pack.pack import Pack

_SAY = {
    "who": ("Ai được nộp", "Who may apply"),
    "limit": ("Thời hạn giải quyết", "Time limit"),
    "fee": ("Phí, lệ phí", "Fees"),
    "papers": ("Giấy tờ cần có", "Papers"),
    "none": ("Không", "None"),
    "free": ("Không thu", "Free"),
    "found": ("Tìm trong các cơ sở dữ liệu, không hỏi lại", "Found in registers, not asked"),
    "law": ("Căn cứ pháp lý", "Legal basis"),
    "result": ("Kết quả", "Result"),
    "objection": ("Nếu không đồng ý", "If you disagree"),
    "full": ("Trực tuyến toàn trình", "Fully online"),
    "partial": ("Trực tuyến một phần", "Partly online"),
    "same_day": ("Trong ngày làm việc", "The same working day"),
    "working_days": ("{} ngày làm việc", "{} working days"),
    "calendar_days": ("{} ngày", "{} days"),
    "hours": ("{} giờ", "{} hours"),
    "working_hours": ("{} giờ làm việc", "{} working hours"),
    "half_days": ("{} nửa ngày", "{} half days"),
    "months": ("{} tháng", "{} months"),
    "by_case": ("Tùy trường hợp", "Depends on the case"),
}


def sheet(pack: Pack, lang: str, on: dt.date | None) -> Sheet:
    """The sheet of a pack in one language, with amounts as of a day (today's law, if none is given)."""
    day = on or pack.in_force_from
    online = _say(pack.online, lang)
    if pack.online == "partial":
        online = f"{online}: {pack.because.text(lang)}"
    return Sheet(pack.code, pack.name(lang), pack.summary.text(lang), online, tuple(_lines(pack, lang, day)))


def _lines(pack: Pack, lang: str, day: dt.date) -> Iterator[SheetLine]:
    yield SheetLine(_say("who", lang), ", ".join(pack.text(f"who.{who}", lang) for who in pack.applicants))
    for limit in pack.limits:
        if limit.validity.holds(day):
            yield SheetLine(
                _say("limit", lang),
                _limit(limit, lang),
                limit.source,
                limit.verified_on,
                bool(limit.verified_on),
            )
    for fee in pack.fee_rules:
        if fee.validity.holds(day):
            yield SheetLine(
                fee.title.text(lang),
                _fee(pack, fee, lang, day),
                fee.source,
                fee.verified_on,
                bool(fee.verified_on),
            )
    if not pack.fee_rules:
        yield SheetLine(_say("fee", lang), _say("free", lang))
    papers = [rule.name.text(lang) for rule in pack.paper_rules]
    yield SheetLine(_say("papers", lang), "; ".join(papers) or _say("none", lang))
    found = dict.fromkeys(
        rule.labels.text(lang) or SOURCES[rule.name].label.text(lang) for rule in pack.prefill
    )
    yield SheetLine(_say("found", lang), "; ".join(found) or _say("none", lang))
    yield SheetLine(_say("result", lang), pack.result.title.text(lang))
    for basis in pack.legal_basis:
        if basis.validity.holds(day):
            yield SheetLine(_say("law", lang), f"{basis.title.text(lang)} {basis.ref}", basis.articles)
    yield SheetLine(_say("objection", lang), pack.objection.text(lang))


def _limit(rule: LimitRule, lang: str) -> str:
    limit = rule.limit
    note = rule.note.text(lang)
    if limit.unit is Unit.WORKING_DAYS and limit.amount == 0:
        return note or _say("same_day", lang)  # the note says how the day counts
    said = _say(limit.unit.value, lang).format(f"{limit.amount.normalize():f}")
    return f"{said}. {note}" if note else said


def _fee(pack: Pack, rule: FeeRule, lang: str, day: dt.date) -> str:
    amounts = {
        line.amount
        for line in pack.rate_lines
        if f'"{line.key}"' in rule.amount.text and line.validity.holds(day)
    }
    said = " / ".join(text.money(amount) for amount in sorted(amounts)) or _say("by_case", lang)
    note = rule.exempt_note.text(lang)
    return f"{said}. {note}" if note else said


def _say(key: str, lang: str) -> str:
    return _SAY[key][1 if lang == "en" else 0]
