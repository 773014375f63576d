"""How the authorities of the installation, their keys, files and addresses are named, generation after generation."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from motcua.engines.pki import Addresses

ROOT, STAMPER = "authority-root", "time-stamping"
ROOT_RESPONDER = "ocsp-root"
FIRST_ROOT = "root"
KEY_PREFIX = "authority-"
FORMER = "issuer"
"""The branch that issued everything before there were branches; it goes on for systems and devices."""
BRANCHES = {
    FORMER: "Motcua Issuing CA",
    "officers": "Motcua Officers CA",
    "seals": "Motcua Agencies CA",
    "stamping": "Motcua Time-Stamping CA",
}
COMPROMISE = ("key_compromise", "ca_compromise")
_TITLES = {FIRST_ROOT: "Motcua Root CA", STAMPER: "Motcua TSA", ROOT_RESPONDER: "Motcua OCSP Root"} | BRANCHES


@dataclass(frozen=True, slots=True)
class RevokedAuthority:
    """An authority of ours that was revoked, a withdrawn root, or a certificate that bound such a root to another."""

    name: str
    serial: int
    at: dt.datetime
    reason: str
    """Of RFC 5280 section 5.3.1, as the library names it."""
    root: str = ""
    """Which root certified it; empty for a root itself, and in what was written before roots could be withdrawn."""

    @classmethod
    def read(cls, row: Mapping[str, str]) -> RevokedAuthority:
        at = dt.datetime.fromisoformat(row["at"])
        return cls(row["name"], int(row["serial"]), at, row["reason"], row.get("root", ""))

    @property
    def key_is_lost(self) -> bool:
        """Whoever has the key by now can sign with any date (RFC 3161 section 4)."""
        return self.reason in COMPROMISE

    def to_json(self) -> dict[str, str]:
        """As it lies in the trust folder, and in orders to the root."""
        return {
            "name": self.name,
            "serial": str(self.serial),
            "at": self.at.isoformat(),
            "reason": self.reason,
            "root": self.root,
        }


def generation(first: str, number: int) -> str:
    """The name of a successor: "officers", then "officers-2", "officers-3"."""
    return first if number == 1 else f"{first}-{number}"


def generations(first: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that succeed each other from `first` on, oldest first."""
    known = set(names)
    return [name for number in range(1, len(known) + 1) if (name := generation(first, number)) in known]


def next_name(first: str, names: Iterable[str]) -> str:
    """The name of the next generation."""
    return generation(first, len(generations(first, names)) + 1)


def branch_named(name: str) -> str:
    """What an authority of any generation is for: its branch, or "root"."""
    return re.sub(r"-\d+$", "", name)


def key_of(name: str) -> str:
    """The id of an authority's key."""
    return f"{KEY_PREFIX}{name}"


def responder_of(root: str) -> str:
    """The id of the key that answers for a root."""
    return f"ocsp-{root}"


def link_of(root: str, other: str) -> str:
    """What the certificate of one root's key under another is called among the revoked."""
    return f"link-{root}-under-{other}"


def file_of(name: str) -> str:
    """Its certificate in the trust folder; readers take every `issuer*.pem`."""
    return "issuer.pem" if name == FORMER else f"issuer-{name}.pem"


def title_of(name: str) -> str:
    """The name that a certificate of the house itself bears, its generation with it."""
    number = name.removeprefix(branch_named(name)).removeprefix("-")
    note = " (thử nghiệm)" if settings.MOTCUA_SANDBOX else ""
    return f"{_TITLES[branch_named(name)]}{' ' + number if number else ''}{note}"


def addresses_of(who: str) -> Addresses:
    """Where certificates of an authority send whoever asks about them."""
    door = door_of_authorities()
    return Addresses(
        crl=f"{door}/ca/{who}.crl",
        ocsp=f"{door}/ocsp/{who}",
        issuer=f"{door}/ca/{who}.cer",
        policy=f"{door}/quy-che/",
    )


def door_of_authorities() -> str:
    """The address below which the authorities answer."""
    return f"{settings.MOTCUA_SITE}/chung-thu"
