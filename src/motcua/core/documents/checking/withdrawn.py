"""Roots that are believed no longer from a moment on, and what stood below them until then.

Whoever has a root's key can certify authorities and time-stamping keys of any name and any date. So nothing below a
withdrawn root is believed for leading to it: only the authorities and time-stamping keys that the installation knows to
have been its own, each trusted by itself up to that moment, like a service of a trust list that was withdrawn.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core.errors import Text
from motcua.engines.trust_lists.lists import issued_by

KIND = "motcua-root-withdrawn-1"
PREFIX, SUFFIX, SIGNATURE = "withdrawn-", ".json", ".json.p7s"
"""The files of a notice in the trust folder: `withdrawn-root.json`, and its signature beside it."""


@dataclass(frozen=True, slots=True)
class Stood:
    """An authority or time-stamping key below a withdrawn root."""

    name: str
    certificate: x509.Certificate
    until: dt.datetime
    key_is_lost: bool = False
    """Its own key too was lost by `until`: from then on nothing proves what it signed, whatever date it bears."""


@dataclass(frozen=True, slots=True)
class WithdrawnRoot:
    """A root that is not believed from `since` on."""

    name: str
    title: str
    certificate: x509.Certificate
    since: dt.datetime
    code: str
    """RFC 5280 section 5.3.1, as the library names it."""
    told_at: dt.datetime
    stood: tuple[Stood, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate, hexadecimal."""
        return self.certificate.fingerprint(SHA256()).hex()

    def is_above(self, certificate: x509.Certificate) -> bool:
        """Whether it, or what stood below it, issued a certificate."""
        return any(
            issued_by(certificate, one)
            for one in (self.certificate, *(each.certificate for each in self.stood))
        )

    def notice(self) -> Text:
        """What whoever trusts it has to know and to do."""
        day = f"{self.since:%d/%m/%Y %H:%M}"
        return Text(
            f"Từ {day}, không tin chứng thư gốc “{self.title}” (SHA-256 {self.fingerprint}) nữa: hãy bỏ nó khỏi "
            "danh sách tin cậy. Chữ ký dưới gốc này vẫn có giá trị nếu dấu thời gian hoặc nhật ký công khai chứng "
            "minh có trước lúc đó. Tổ chức và khóa dấu thời gian nào là của hệ thống này thì kê ở đây; ngoài ra "
            "không tin gì khác dưới gốc này.",
            f"From {day} on, do not believe the root certificate {self.title!r} (SHA-256 {self.fingerprint}) any "
            "more: take it out of your trust list. Signatures below it keep their worth where a time-stamp or the "
            "public log proves that they were there before. The authorities and time-stamping keys listed here "
            "were this system's own; believe nothing else below this root.",
        )

    def refusal(self, zone: dt.tzinfo | None) -> Text:
        """Why a signature below it is not believed."""
        return self._fallen(
            zone,
            "; không có gì chứng minh chữ ký có trước lúc đó.",
            "; nothing proves that the signature was there before.",
        )

    def remark(self, zone: dt.tzinfo | None) -> Text:
        """Why a signature below it stands nevertheless."""
        return self._fallen(
            zone,
            "; dấu thời gian chứng minh chữ ký có trước lúc đó, nên chữ ký vẫn có giá trị.",
            "; a time-stamp proves that the signature was there before, so it stands.",
        )

    def _fallen(self, zone: dt.tzinfo | None, vi: str, en: str) -> Text:
        day = f"{self.since.astimezone(zone):%d/%m/%Y %H:%M}"
        return Text(
            f"Gốc “{self.title}” phía trên chứng thư này không còn được tin từ {day}{vi}",
            f"The root {self.title!r} above this certificate is not believed from {day} on{en}",
        )

    def to_json(self) -> bytes:
        """The notice as it is signed, published and read again."""
        words = self.notice()
        told = {
            "kind": KIND,
            "vi": words.vi,
            "en": words.en,
            "name": self.name,
            "title": self.title,
            "fingerprint": self.fingerprint,
            "since": self.since.isoformat(),
            "code": self.code,
            "told_at": self.told_at.isoformat(),
            "certificate": _pem(self.certificate),
            "stood": [
                {
                    "name": one.name,
                    "until": one.until.isoformat(),
                    "key_is_lost": one.key_is_lost,
                    "certificate": _pem(one.certificate),
                }
                for one in self.stood
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, text: bytes) -> WithdrawnRoot:
        """Raises ValueError."""
        told = json.loads(text)
        try:
            if told["kind"] != KIND:
                raise ValueError(f"this is no {KIND}")
            return cls(
                told["name"],
                told["title"],
                _certificate(told["certificate"]),
                dt.datetime.fromisoformat(told["since"]),
                told["code"],
                dt.datetime.fromisoformat(told["told_at"]),
                tuple(_stood(one) for one in told["stood"]),
            )
        except (KeyError, TypeError) as wrong:
            raise ValueError(f"this notice lacks {wrong}") from wrong


def read_withdrawn(files: Mapping[str, bytes]) -> tuple[WithdrawnRoot, ...]:
    """The notices among the files of a trust folder, by their names. Raises ValueError."""
    return tuple(
        WithdrawnRoot.read(content)
        for name, content in sorted(files.items())
        if name.startswith(PREFIX) and name.endswith(SUFFIX)
    )


def _stood(row: Mapping[str, Any]) -> Stood:
    until = dt.datetime.fromisoformat(row["until"])
    return Stood(row["name"], _certificate(row["certificate"]), until, bool(row["key_is_lost"]))


def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
