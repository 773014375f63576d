"""The few errors that a user can mend. Each says what, where and how, in Vietnamese and in English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the languages of the house."""

    vi: str
    en: str

    def text(self, lang: str = "vi") -> str:
        return self.en if lang == "en" else self.vi


def say(vi: str, en: str) -> Text:
    return Text(vi, en)


class UserError(Exception):
    """Something the person can mend. `field` names where, when it is one field."""

    status = 400

    def __init__(self, vi: str, en: str, field: str | None = None) -> None:
        super().__init__(en)
        self.message = Text(vi, en)
        self.field = field

    def text(self, lang: str = "vi") -> str:
        return self.message.text(lang)


class NotAllowed(UserError):
    """Known to the system, but not this person's to do."""

    status = 403


class NotFound(UserError):
    """Not there, or not there for this person: the two look alike on purpose."""

    status = 404

    def __init__(
        self,
        vi: str = "Không tìm thấy, hoặc ông/bà không có quyền xem.",
        en: str = "Not found, or not yours to see.",
        field: str | None = None,
    ) -> None:
        super().__init__(vi, en, field)


class Conflict(UserError):
    """Somebody else was quicker, or the thing has moved on."""

    status = 409


class Unavailable(UserError):
    """A party outside does not answer. What was typed is safe; it can be tried again."""

    status = 503
