"""What an act is: its page, its fields, when it may be done, and what does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from motcua.core.cases.queries import CaseView
from motcua.core.errors import Text
from motcua.core.ledger.actor import Actor

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
