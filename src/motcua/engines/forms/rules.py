"""What can be wrong with one answer, and how it is said."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from motcua.engines import text
from motcua.engines.forms import values
from motcua.engines.forms.components import Bound, Component, Question
from motcua.engines.forms.extensions import RULE_OF
from motcua.engines.forms.questions import TEXT_MAX
from motcua.engines.forms.speech import inner, say
from motcua.engines.forms.views import FieldError, UploadedRef

if TYPE_CHECKING:
    from motcua.engines.forms.state import Places, State

FilesOk = Callable[[UploadedRef], bool]


class Problem(NamedTuple):
    """What is wrong: a built-in message with its facts, or a message that another engine gave."""

    message: str
    facts: Mapping[str, object] = {}
    rule: str = ""
    refused: text.Refused | None = None


_EMAIL = re.compile(r"[^\s@\"<>(),;:\\\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}")
_IN_NAMES = frozenset(" '’ʼ.,()-‐‑·")
_MOBILE = re.compile(r"\+84[35789]\d{8}")
_SHOWN = 60
_TYPES = {
    "text": "type_text",
    "choice": "type_text",
    "number": "type_number",
    "boolean": "type_boolean",
    "date": "type_date",
    "time": "type_time",
    "datetime": "type_datetime",
    "choices": "type_list",
    "files": "type_file",
}


def html_id(path: str) -> str:
    """The id of the control for a path: `witnesses[0].name` → `q-witnesses-0-name`."""
    return "q-" + path.replace("[", "-").replace("]", "").replace(".", "-")


def control_id(component: Component, path: str, part: str = "") -> str:
    """The id of the control to jump to; of a date the box that is wrong, else the first."""
    boxes = isinstance(component, Question) and component.shape in ("date", "datetime")
    return html_id(path) + (part or ("-day" if boxes else ""))


def spoken(problem: Problem, component: Component, path: str, lang: str) -> FieldError:
    """The problem as a message at its control; the form's own message stands before the built-in one."""
    rule = problem.rule or RULE_OF.get(problem.message, "")
    own = component.errors.get(rule)
    label, name = component.label.said(lang), component.name.said(lang)
    facts: dict[str, object] = {"label": label, "name": inner(name), **problem.facts}
    if own:
        message = _with_facts(own.said(lang), facts)
    elif problem.refused is not None:
        message = problem.refused.message(lang)
    elif problem.message == "pattern" and isinstance(component, Question) and component.pattern_message:
        message = component.pattern_message.said(lang)
    else:
        which = problem.message
        if which.startswith("required") and name.rstrip().endswith("?"):
            which = "required_question"
        message = say(lang, which, **{**facts, **_translated(problem, lang)})
    return FieldError(control_id(component, path, str(problem.facts.get("part", ""))), path, message, rule)


def required(question: Question) -> Problem:
    """The message for an answer that is not there."""
    if question.shape == "boolean":
        return Problem("required_checkbox")
    if question.shape == "files":
        return Problem("required_file")
    return Problem("required_choice" if question.shape in ("choice", "choices") else "required")


def examine(
    question: Question,
    answer: Any,
    state: State,
    places: Places,
    lang: str,
    today: dt.date,
    files_ok: FilesOk | None,
) -> Problem | None:
    """The first thing wrong with a visible question's answer, None when it is good."""
    if values.is_empty(answer):
        return required(question) if is_required(question, state, places) else None
    match question.shape:
        case "text":
            return _text(question, answer, state, places, lang)
        case "number":
            return _number(question, answer, state, places, lang)
        case "boolean":
            return None if isinstance(answer, bool) else Problem("type_boolean")
        case "date":
            return _date(question, answer, today)
        case "time":
            good = isinstance(answer, str) and values.time(answer) is not None
            return None if good else Problem("time", {"typed": _short(answer)})
        case "datetime":
            return _moment(question, answer, today)
        case "choice":
            return _choice(question, answer, state, places, lang)
        case "choices":
            return _choices(question, answer, state, places, lang)
        case "files":
            return _files(question, answer, files_ok)


def is_required(question: Question, state: State, places: Places) -> bool:
    """Must it be answered? Not within a group marked motcua:optional that is left empty as a whole."""
    needed = question.required
    if not isinstance(needed, bool):
        needed = state.evaluate(needed, question, places) is True
    if not needed:
        return False
    around = question.parent
    while around is not None:
        if around.optional and not any(
            not values.is_empty(state.current(one, there))
            for one in around.questions
            if one.computed is None
            for there in state.places_of(one, places[: min(one.depth, len(places))])
        ):
            return False
        around = around.parent
    return True


def limit(bound: Bound, question: Question, state: State, places: Places) -> Decimal | None:
    """The number behind a limit; a FEEL limit that gives no number is no limit."""
    if bound is None or isinstance(bound, Decimal):
        return bound
    value = state.evaluate(bound, question, places)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return values.decimal(value)
    return value if isinstance(value, Decimal) else None


def longest(question: Question, state: State, places: Places) -> int:
    """The most characters that a text may have."""
    written = limit(question.max_length, question, state, places)
    most = TEXT_MAX.get(question.type, values.HARD_LIMIT) if written is None else int(written)
    if question.pattern is not None:
        most = min(most, question.pattern.max_text)
    return min(most, values.HARD_LIMIT)


def _text(question: Question, answer: Any, state: State, places: Places, lang: str) -> Problem | None:
    if not isinstance(answer, str):
        return Problem("type_text")
    count, most = len(answer), longest(question, state, places)
    if count > most:
        return Problem("too_long", {"most": most, "count": count})
    least = limit(question.min_length, question, state, places)
    if least is not None and count < least:
        return Problem("too_short", {"least": int(least), "count": count})
    if question.pattern is not None and not question.pattern.accepts(answer):
        return Problem("pattern", {"typed": _short(answer)})
    if question.source:
        return _listed(question, answer, lang)
    return _semantic(question, answer)


def _semantic(question: Question, answer: str) -> Problem | None:
    try:
        match question.semantic:
            case "personal-number":
                text.personal_number(answer)
            case "phone":
                if not _MOBILE.fullmatch(answer):
                    text.phone(answer)
            case "tax-code":
                text.tax_code(answer)
            case "email":
                if not _EMAIL.fullmatch(answer):
                    return Problem("email", {"typed": _short(answer)})
            case "personal-name":
                wrong = next((c for c in answer if not c.isalpha() and not _in_names(c)), None)
                if wrong:
                    return Problem("name", {"wrong": wrong})
    except text.Refused as refused:
        return Problem("", {}, question.semantic, refused)
    return None


def _in_names(character: str) -> bool:
    return character in _IN_NAMES or unicodedata.category(character).startswith("M")


def _listed(question: Question, answer: str, lang: str) -> Problem | None:
    if question.listed is None or question.listed.label(answer, lang) is not None:
        return None
    many = question.listed.find(answer, lang)
    return Problem("option_many" if many else "option_missing", {"typed": _short(answer), "count": len(many)})


def _number(question: Question, answer: Any, state: State, places: Places, lang: str) -> Problem | None:
    least, most = (limit(bound, question, state, places) for bound in (question.least, question.most))
    if isinstance(answer, str):
        if sum(character.isdigit() for character in answer) > values.MAX_DIGITS:
            return Problem("number_too_long")
        return Problem(
            "not_a_number", {"typed": _short(answer), "example": _example(question, least, most, lang)}
        )
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return Problem("type_number")
    exact = values.decimal(answer)
    if (
        not exact.is_finite()
        or len(exact.as_tuple().digits) > values.MAX_DIGITS
        or abs(exact) >= 10**values.MAX_DIGITS
    ):
        return Problem("number_too_long")
    typed = values.said(question, answer, lang, [])
    if least is not None and exact < least:
        return Problem("too_small", {"least": _figure(least, question, lang), "typed": typed})
    if most is not None and exact > most:
        return Problem("too_large", {"most": _figure(most, question, lang), "typed": typed})
    return _decimals(question, exact)


def _example(question: Question, least: Decimal | None, most: Decimal | None, lang: str) -> str:
    """A number that this question would take: an amount of money or a small count, moved within its limits."""
    money = question.semantic == "money"
    example = Decimal(1_250_000 if money else 2)
    if most is not None:
        example = min(example, most)
    if least is not None:
        example = max(example, least)
    return (
        _figure(example, question, lang)
        if money
        else f"{example:f}".replace(".", "," if lang == "vi" else ".")
    )


def _decimals(question: Question, exact: Decimal) -> Problem | None:
    if question.decimals is None:
        return None
    exponent = exact.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > question.decimals:
        return Problem("too_many_decimals" if question.decimals else "not_whole", {"most": question.decimals})
    return None


def _date(question: Question, answer: Any, today: dt.date) -> Problem | None:
    if isinstance(answer, Mapping):
        return _date_parts(answer)
    day = values.date(answer) if isinstance(answer, str) else None
    if day is None:
        return Problem("date" if isinstance(answer, str) else "type_date", {"typed": _short(answer)})
    typed = {"typed": text.date(day)}
    if not 1000 <= day.year <= 9999:
        return Problem("date_year", {"part": "-year"})
    if question.no_past and day < today:
        return Problem("date_past", typed)
    if question.semantic == "date-of-birth":
        if day > today:
            return Problem("date_future", typed)
        if day.year < today.year - 150:
            return Problem("date_old", {**typed, "part": "-year"})
    return None


def _date_parts(parts: Mapping[str, Any]) -> Problem:
    written = {part: str(parts.get(part) or "").strip() for part in values.DATE_PARTS}
    missing = [part for part, typed in written.items() if not typed]
    if missing:
        return Problem("date_incomplete", {"missing_parts": missing, "part": f"-{missing[0]}"})
    wrong = [part for part, typed in written.items() if not (typed.isascii() and typed.isdigit())]
    if wrong:
        return Problem("date", {"part": f"-{wrong[0]}"})
    if len(written["year"]) != 4:
        return Problem("date_year", {"part": "-year"})
    part = "-month" if not 1 <= int(written["month"]) <= 12 else "-day"
    return Problem("date_impossible", {"typed": _short("/".join(written.values())), "part": part})


def _moment(question: Question, answer: Any, today: dt.date) -> Problem | None:
    if not isinstance(answer, str):
        return Problem("type_datetime")
    day, _, hour = answer.partition("T")
    if values.date(day) is None:
        return _date_parts(dict(zip(values.DATE_PARTS, reversed(day.split("-")), strict=False)))
    if values.time(hour) is None:
        return Problem("time", {"typed": _short(hour), "part": "-time"})
    return Problem("date_past", {"typed": day}) if question.no_past and values.date(day) < today else None  # type: ignore[operator]


def _choice(question: Question, answer: Any, state: State, places: Places, lang: str) -> Problem | None:
    if not isinstance(answer, str):
        return Problem("type_text")
    if question.source:
        return _listed(question, answer, lang)
    known = question.option_values or {option.value for option in state.options(question, lang, places)}
    return None if answer in known else Problem("option", {"typed": _short(answer)})


def _choices(question: Question, answer: Any, state: State, places: Places, lang: str) -> Problem | None:
    if not isinstance(answer, list) or not all(isinstance(one, str) for one in answer):
        return Problem("type_list")
    problems = (_choice(question, one, state, places, lang) for one in answer[:1000])
    return next((problem for problem in problems if problem), None)


def _files(question: Question, answer: Any, files_ok: FilesOk | None) -> Problem | None:
    if not isinstance(answer, list):
        return Problem("type_file")
    if len(answer) > question.max_files:
        return Problem("file_many", {"most": question.max_files, "count": len(answer)})
    for one in answer:
        try:
            file = UploadedRef.from_answer(one)
        except ValueError:
            return Problem("type_file")
        if problem := _file(question, file, files_ok):
            return problem
    return None


def _file(question: Question, file: UploadedRef, files_ok: FilesOk | None) -> Problem | None:
    facts: dict[str, object] = {"file": _short(file.name)}
    if file.size <= 0:
        return Problem("file_empty", facts)
    if file.size > question.max_size:
        return Problem(
            "file_too_big", {**facts, "most": megabytes(question.max_size), "size": megabytes(file.size)}
        )
    if question.accept and not _accepted(question, file):
        return Problem("file_type", {**facts, "accept": ", ".join(question.accept)})
    return None if files_ok is None or files_ok(file) else Problem("file_refused", facts)


def _accepted(question: Question, file: UploadedRef) -> bool:
    name, kind = file.name.lower(), file.media_type.lower()
    return any(
        name.endswith(one)
        if one.startswith(".")
        else kind == one or (one.endswith("/*") and kind.startswith(one[:-1]))
        for one in question.accept
    )


def megabytes(size: int) -> str:
    """`1 MB`, `1,5 MB` … as short as it stays true."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} kB"
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0").replace(".", ",") + " MB"


def wrong_type(question: Question) -> Problem:
    """The message for JSON of another type than the question's."""
    return Problem(_TYPES[question.shape])


def _figure(bound: Decimal, question: Question, lang: str) -> str:
    return values.said(question, values.whole_or_float(bound), lang, [])


def _short(typed: object) -> str:
    written = typed if isinstance(typed, str) else str(typed)
    return written if len(written) <= _SHOWN else written[: _SHOWN - 1] + "…"


def _with_facts(message: str, facts: Mapping[str, object]) -> str:
    """Facts into a message of the form; braces that name no fact stay as written."""
    return re.sub(r"\{(\w+)\}", lambda found: str(facts.get(found[1], found[0])), message)


def _translated(problem: Problem, lang: str) -> dict[str, str]:
    missing = problem.facts.get("missing_parts")
    if not isinstance(missing, list):
        return {}
    return {"missing": ", ".join(say(lang, f"part_{part}") for part in missing)}
