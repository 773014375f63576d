"""The one error of this engine: what was wrong, where, and how to mend it, in two languages."""

from __future__ import annotations


class Refused(ValueError):
    """Text that cannot be taken. `str()` is Vietnamese; `message("en")` is English; `code` is stable."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(vi)
        self.code = code
        self._messages = {"vi": vi, "en": en}

    def message(self, lang: str = "vi") -> str:
        """The message in `lang`; English stands in for languages that it was not written in."""
        return self._messages.get(lang, self._messages["en"])
