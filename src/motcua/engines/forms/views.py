"""What crosses the border of a form: what pages show, what people send, what comes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Option(NamedTuple):
    """One choice; `value` is stored, `label` and `hint` are shown."""

    value: str
    label: str
    hint: str = ""


class ReferenceList(Protocol):
    """A list kept outside the form (communes, ethnic groups), named by `motcua:source`.

    `small` lists are offered whole; of others people type a name, which `find` looks up.
    """

    @property
    def small(self) -> bool: ...

    def options(self, lang: str) -> list[Option]: ...

    def find(self, text: str, lang: str) -> list[Option]:
        """The best matches of what was typed (a code or a name), at most ten; one only = that is it."""

    def label(self, value: str, lang: str) -> str | None:
        """The label of a stored value, None when there is no such value."""


@dataclass(frozen=True, slots=True)
class Found:
    """A fact that a register or the vault already holds. `value` has the shape of an answer.

    `labels` names the source in every language known; `source_label` is said where a language is not among them.
    """

    value: Any
    source_label: str
    at: dt.date | dt.datetime | None = None
    register: str = ""
    key: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def source_in(self, lang: str) -> str:
        """The source as a reader of `lang` calls it."""
        return self.labels.get(lang) or self.source_label


@dataclass(frozen=True, slots=True)
class UploadedRef:
    """A file that documents keep; the form holds only this reference."""

    id: str
    name: str
    size: int
    media_type: str
    sha256: str = ""

    def as_answer(self) -> dict[str, Any]:
        """As it stands in answers."""
        return {
            "id": self.id,
            "name": self.name,
            "size": self.size,
            "media_type": self.media_type,
            "sha256": self.sha256,
        }

    @classmethod
    def from_answer(cls, answer: object) -> UploadedRef:
        """The inverse of `as_answer`. Raises ValueError when it is none."""
        if not isinstance(answer, Mapping):
            raise ValueError("a file is a mapping of id, name, size, media_type")
        texts, size = [answer.get(key) for key in ("id", "name", "media_type")], answer.get("size")
        if not all(isinstance(one, str) and one for one in texts):
            raise ValueError("id, name and media_type of a file are texts")
        if isinstance(size, bool) or not isinstance(size, int):
            raise ValueError("the size of a file is an integer, its bytes")
        known, name, media_type = (str(one) for one in texts)
        return cls(known, name, size, media_type, str(answer.get("sha256") or ""))

    @classmethod
    def all_in(cls, answer: object) -> list[UploadedRef]:
        """The files of an answer; what is no file is passed over."""
        files = []
        for one in answer if isinstance(answer, list) else []:
            with suppress(ValueError):
                files.append(cls.from_answer(one))
        return files


@dataclass(slots=True)
class Source:
    """Where a shown fact comes from. `correct_url` is "" where it cannot be corrected in the form.

    `corrected` marks an answer that says something else than the source named, `told` is then what that one says.
    `wrong_url` leads to where its keeper is told that the fact is wrong, "" where nobody can be told.
    """

    label: str
    at: dt.date | dt.datetime | None
    correct_url: str
    corrected: bool = False
    wrong_url: str = ""
    told: str = ""


class Button(NamedTuple):
    """`<button name value>`: adding and removing work without JavaScript."""

    name: str
    value: str
    label: str


@dataclass(slots=True)
class FieldView:
    """One thing on a page, ready for its macro. README.md says what each kind uses."""

    kind: str
    id: str
    name: str
    label: str
    hint: str = ""
    value: str | list[str] = ""
    values: dict[str, str] = field(default_factory=dict)
    options: list[Option] = field(default_factory=list)
    required: bool = False
    errors: list[str] = field(default_factory=list)
    autocomplete: str = ""
    inputmode: str = ""
    max_length: int | None = None
    width: int | None = None
    source: Source | None = None
    children: list[FieldView] = field(default_factory=list)
    items: list[list[FieldView]] = field(default_factory=list)
    item_labels: list[str] = field(default_factory=list)
    add_button: Button | None = None
    remove_buttons: list[Button] = field(default_factory=list)
    multiple: bool = False
    accept: str = ""
    readonly: bool = False
    path: str = ""
    semantic: str = ""
    lookup: str = ""
    prefix: str = ""
    suffix: str = ""
    files: list[UploadedRef] = field(default_factory=list)


@dataclass(slots=True)
class FieldError:
    """One mistake: `field_id` is the id of the control to jump to, `path` names the fact."""

    field_id: str
    path: str
    message: str
    rule: str = ""


@dataclass(slots=True)
class PageView:
    """A page: `fields` are empty in lists of pages. `hidden` must be rendered as hidden inputs."""

    id: str
    title: str
    fields: list[FieldView] = field(default_factory=list)
    hint: str = ""
    hidden: list[tuple[str, str]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    complete: bool = False


@dataclass(slots=True)
class Reading:
    """What came of a posted page.

    `answers` keep everything typed, right or wrong. `stay` = show this page again although there may be
    no error: a row was added or removed, or an answer made another question appear.
    """

    answers: dict[str, Any]
    errors: list[FieldError]
    changed: list[str]
    stay: bool = False


@dataclass(slots=True)
class Checked:
    """A whole form examined: `answers` cleaned and without hidden parts, which `dropped` names."""

    answers: dict[str, Any]
    errors: list[FieldError]
    dropped: list[str]


class SummaryRow(NamedTuple):
    """One line of check-answers."""

    label: str
    value: str
    path: str
    source: Source | None


@dataclass(slots=True)
class SummarySection:
    """The lines of a page; a group or one place of a repeated group has a section of its own."""

    title: str
    page_id: str
    rows: list[SummaryRow]


@dataclass(slots=True)
class Measure:
    """The once-only measure, as paths of leaves: asked of the person, found elsewhere, put right by them.

    A corrected fact is an asked one. Files are papers, not facts, and stand apart.
    """

    asked: list[str]
    found: list[str]
    corrected: list[str]
    papers: list[str]
