"""What a browser posts for one page, taken in. Everything typed is kept, wrong or right."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from motcua.engines import text
from motcua.engines.forms import paths, rules, values
from motcua.engines.forms.checking import broken_checks
from motcua.engines.forms.components import Component, Container, Page, Question, Repeat
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.questions import TEXT_MAX
from motcua.engines.forms.rules import Problem
from motcua.engines.forms.state import Places, State
from motcua.engines.forms.viewing import ADD, CORRECT, COUNT, REMOVE
from motcua.engines.forms.views import FieldError, Found, Reading, UploadedRef

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form

Posted = Mapping[str, Sequence[str]]
_LAST_PLACE = re.compile(r"(.+)\[(\d{1,6})\]")
_DIGITS_APART = re.compile(r"[\s.\-]")


def read(
    form: Form,
    page: Page,
    posted: Posted,
    files: Mapping[str, Sequence[UploadedRef]],
    answers: Mapping[str, Any],
    lang: str,
    today: dt.date,
    found: Mapping[str, Found],
    given: Mapping[str, Any],
) -> Reading:
    """See Form.read."""
    facts = {"today": today, **given}
    before = form.state(answers, found, facts)
    reader = _Reader(before, posted, files, lang)
    for component in page.components:
        reader.take(component, ())
    changed = reader.changed
    moved = reader.press_buttons(page)
    after = before.after(reader.answers, changed)
    if moved:
        return Reading(reader.answers, [], changed, stay=True)
    errors, appeared = _examine(page, before, after, reader, lang, today)
    return Reading(reader.answers, errors, changed, stay=appeared)


def _examine(
    page: Page, before: State, after: State, reader: _Reader, lang: str, today: dt.date
) -> tuple[list[FieldError], bool]:
    """Mistakes on the page; and whether a question that was not there yet now waits for an answer."""
    errors = [rules.spoken(problem, one, path, lang) for path, (one, problem) in reader.lists.items()]
    appeared = False
    for question in page.questions:
        if question.computed is not None:
            continue
        for places in after.places_of(question):
            if not after.asks(question, places):
                continue
            path = question.path(places)
            problem = reader.problems.get(path) or rules.examine(
                question, after.answer(question, places), after, places, lang, today, None
            )
            if path not in reader.seen and not before.shows(question, places):
                appeared = True
            elif problem is not None:
                errors.append(rules.spoken(problem, question, path, lang))
    if not errors and not appeared:
        errors = broken_checks(after, lang, page)
    return errors, appeared


class _Reader:
    """Takes the answers of a page out of a post. Names that the page does not have are not looked at."""

    def __init__(
        self, state: State, posted: Posted, files: Mapping[str, Sequence[UploadedRef]], lang: str
    ) -> None:
        self.answers: dict[str, Any] = paths.copied(state.answers)
        self.changed: list[str] = []
        self.problems: dict[str, Problem] = {}
        self.lists: dict[str, tuple[Repeat, Problem]] = {}
        self.seen: set[str] = set()
        self._state = state
        self._posted = posted
        self._files = files
        self._lang = lang
        self._correcting = frozenset(list(posted.get(CORRECT, ()))[:1000])

    def take(self, component: Component, places: Places) -> None:
        if isinstance(component, Repeat):
            self._take_list(component, places)
        elif isinstance(component, Container):
            for member in component.members:
                self.take(member, places)
        elif isinstance(component, Question) and component.readonly is not True:
            self._take_question(component, places)

    def press_buttons(self, page: Page) -> bool:
        """Add or remove a place of a list, or a file. True when a button of the kind was pressed."""
        adds, removals = self._posted.get(ADD, ()), self._posted.get(REMOVE, ())
        pressed = [self._add(page, path) for path in adds[:1]] + [
            self._remove(page, path) for path in removals[:1]
        ]
        return any(pressed)

    def _take_list(self, repeat: Repeat, places: Places) -> None:
        path = repeat.path(places)
        count = self._posted_count(repeat, path)
        if count is None:
            return
        if count > repeat.most_items:
            problem = Problem("many_items", {"most": repeat.most_items, "count": count})
            self.lists[path] = (repeat, problem)
            count = repeat.most_items
        elif count < repeat.least_items:
            self.lists[path] = (repeat, Problem("few_items", {"least": repeat.least_items, "count": count}))
        steps = paths.parse(path)
        now = paths.get(self.answers, steps)
        items = now if isinstance(now, list) else []
        if not isinstance(now, list) or len(now) != count:
            items = [*items[:count], *({} for _ in range(count - len(items)))]
            paths.put(self.answers, steps, items)
            self.changed.append(path)
        for place in range(count):
            for member in repeat.members:
                self.take(member, (*places, place))

    def _posted_count(self, repeat: Repeat, path: str) -> int | None:
        """How many places the page had; a post without the count is read by its names."""
        written = next(iter(self._posted.get(COUNT + path, ())), "")
        if written.isascii() and written.isdigit() and len(written) < 9:
            count = int(written)
            return count if repeat.may_change else min(count, self._state.count(repeat))
        start = f"{path}["
        named = [name[len(start) :].partition("]")[0] for name in self._posted if name.startswith(start)]
        numbers = [int(one) for one in named if one.isascii() and one.isdigit() and len(one) < 9]
        return max(numbers) + 1 if numbers else None

    def _take_question(self, question: Question, places: Places) -> None:
        path = question.path(places)
        state = self._state
        inherited = state.fact(question, places) is not None and not state.corrected(question, places)
        if inherited and (path not in self._correcting or not question.correctable):
            return
        if question.shape == "files":
            self._take_files(question, path)
            return
        if not self._has(path) and not self._unticked(question, places):
            return
        if (
            not isinstance(question.readonly, bool)
            and state.evaluate(question.readonly, question, places) is True
        ):
            return
        self.seen.add(path)
        answer, problem = _TAKERS[question.shape](question, path, self._posted, self._lang)
        if problem is not None:
            self.problems[path] = problem
        fact = state.fact(question, places)
        if fact is not None and answer == values.canonical(fact.value):
            self._forget(path)
        else:
            self._keep(path, answer)

    def _has(self, path: str) -> bool:
        posted = self._posted
        return (
            path in posted or f"{path}-day" in posted or f"{path}-year" in posted or f"{path}-month" in posted
        )

    def _unticked(self, question: Question, places: Places) -> bool:
        """Boxes that are not ticked are not posted; they are read as such where they were shown."""
        shown = question.shape in ("boolean", "choices") or question.kind == "radio"
        return shown and len(self._posted) > 0 and self._state.shows(question, places)

    def _take_files(self, question: Question, path: str) -> None:
        sent = [file.as_answer() for file in self._files.get(path, ())]
        if not sent:
            return
        self.seen.add(path)
        kept = paths.get(self.answers, paths.parse(path), [])
        known = kept if isinstance(kept, list) and (question.multiple or question.max_files > 1) else []
        self._keep(path, [*known, *sent])

    def _keep(self, path: str, answer: Any) -> None:
        steps = paths.parse(path)
        if paths.get(self.answers, steps) != answer:
            paths.put(self.answers, steps, answer)
            self.changed.append(path)

    def _forget(self, path: str) -> None:
        steps = paths.parse(path)
        if paths.get(self.answers, steps) is not MISSING:
            paths.drop(self.answers, steps)
            self.changed.append(path)

    def _add(self, page: Page, path: str) -> bool:
        repeat = self._list_on(page, path)
        if repeat is None or not repeat.may_change:
            return False
        items = paths.get(self.answers, paths.parse(path), [])
        if not isinstance(items, list) or len(items) >= repeat.most_items:
            return False
        paths.put(self.answers, paths.parse(path), [*items, {}])
        self.changed.append(path)
        return True

    def _remove(self, page: Page, place: str) -> bool:
        written = _LAST_PLACE.fullmatch(place) if len(place) <= paths.MAX_LENGTH else None
        if written is None:
            return False
        path, index = written[1], int(written[2])
        known = self._list_on(page, path)
        question = self._state.form.at(path)
        if known is None and not (isinstance(question, Question) and question.shape == "files"):
            return False
        if known is not None and (not known.may_change or self._inherited(path)):
            return False
        items = paths.get(self.answers, paths.parse(path), [])
        if not isinstance(items, list) or index >= len(items):
            return False
        paths.put(self.answers, paths.parse(path), items[:index] + items[index + 1 :])
        self.changed.append(path)
        return True

    def _inherited(self, path: str) -> bool:
        return any(found.startswith(f"{path}[") for found in self._state.found)

    def _list_on(self, page: Page, path: str) -> Repeat | None:
        known = self._state.form.at(path) if len(path) <= paths.MAX_LENGTH else None
        return known if isinstance(known, Repeat) and known.page is page else None


Taken = tuple[Any, Problem | None]


def _typed(posted: Posted, name: str) -> str:
    """The last value that is not empty: a choice made below a box stands before what is in the box."""
    return next((one for one in reversed(posted.get(name, ())) if one.strip()), "")


def _take_text(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    typed = _typed(posted, path)
    many = question.kind == "textarea"
    if len(typed) > values.HARD_LIMIT:
        kept = values.storable(typed[: values.HARD_LIMIT])
        own = question.max_length
        most = int(own) if isinstance(own, Decimal) else TEXT_MAX.get(question.type, values.HARD_LIMIT)
        return kept, Problem("too_long_cut", {"most": most, "count": len(typed), "kept": len(kept)})
    try:
        written = values.cleaned(typed, multiline=many)
    except text.Refused as refused:
        return values.storable(typed), Problem("", {}, "text", refused)
    if not written:
        return None, None
    written = written.upper() if question.uppercase else written
    if question.listed is not None:
        return _looked_up(question, written, lang), None
    return _semantic(question, written), None


def _semantic(question: Question, written: str) -> str:
    """The stored form of what has one: digits alone, a telephone number with its country."""
    match question.semantic:
        case "personal-number":
            return _DIGITS_APART.sub("", written)
        case "phone" | "tax-code":
            reader = text.phone if question.semantic == "phone" else text.tax_code
            try:
                return reader(written)
            except text.Refused:
                return written
    return written


def _looked_up(question: Question, written: str, lang: str) -> str:
    if question.listed is None or question.listed.label(written, lang) is not None:
        return written
    found = question.listed.find(written, lang)
    return found[0].value if len(found) == 1 else written


def _take_number(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    typed = _typed(posted, path)
    if len(typed) > 100:
        return values.storable(typed[:100]), Problem("number_too_long")
    try:
        written = values.cleaned(typed)
    except text.Refused as refused:
        return values.storable(typed), Problem("", {}, "text", refused)
    if not written:
        return None, None
    number = values.number(written, lang)
    return (written if number is None else number), None


def _take_date(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    if posted.get(path):
        return _one_line(_typed(posted, path), values.date)
    parts = {
        part: values.storable(_typed(posted, f"{path}-{part}")[:20]).strip() for part in values.DATE_PARTS
    }
    if not any(parts.values()):
        return None, None
    figures = all(typed.isascii() and typed.isdigit() for typed in parts.values())
    whole = figures and len(parts["year"]) == 4 and values.day_of(**parts)
    return (whole.isoformat() if whole else parts), None


def _take_time(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    return _one_line(_typed(posted, path), values.time)


def _take_moment(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    day, _ = _take_date(question, path, posted, lang)
    hour, _ = _one_line(_typed(posted, f"{path}-time"), values.time)
    if day is None and hour is None:
        return None, None
    if isinstance(day, dict):
        day = "-".join(day[part] for part in reversed(values.DATE_PARTS))
    return f"{day or ''}T{hour or ''}", None


def _one_line(typed: str, understood: Callable[[str], dt.date | dt.time | None]) -> Taken:
    try:
        written = values.cleaned(typed[:100])
    except text.Refused:
        written = values.storable(typed[:100])
    if not written:
        return None, None
    value = understood(written)
    return (written if value is None else values.canonical(value)), None


def _take_boolean(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    return _typed(posted, path) not in ("", "false", "off", "0"), None


def _take_choice(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    taken, problem = _take_text(question, path, posted, lang)
    return (taken[:500] if isinstance(taken, str) else taken), problem


def _take_choices(question: Question, path: str, posted: Posted, lang: str) -> Taken:
    chosen = [values.storable(one[:500]) for one in list(posted.get(path, ()))[:1000] if one.strip()]
    return list(dict.fromkeys(chosen)), None


_TAKERS: Mapping[str, Callable[[Question, str, Posted, str], Taken]] = {
    "text": _take_text,
    "number": _take_number,
    "date": _take_date,
    "time": _take_time,
    "datetime": _take_moment,
    "boolean": _take_boolean,
    "choice": _take_choice,
    "choices": _take_choices,
}
