"""Cards and passports to try things with: a made-up country's issuer, chips of made-up people, and a reader for them.

Everybody of the sandbox's population database has a card; a few foreigners have passports (`foreigners.yaml`). Every
document says that it is made up in the name of its authority, which nobody outside a sandbox believes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from motcua.config import home
from motcua.core import clock
from motcua.core.errors import Text, UserError
from motcua.core.identity.card_readers import readers
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import Record
from motcua.engines.identity_documents import CardData, CardTrust, Mrz, Reading
from motcua.engines.identity_documents.issuing import Chip, Issuer
from motcua.engines.pki import Addresses, Authority, Revocation, generate_key
from motcua.engines.pki.authority import Seal

KEY = "sandbox"
NAMES = {
    "VNM": "Cơ quan cấp thẻ (bản thử)",
    "FRA": "Autorité de délivrance (bac à sable)",
    "KOR": "Passport authority (sandbox)",
}
MOODS = {
    "good": Text("Đọc tốt", "Reads well"),
    "torn": Text("Rút thẻ giữa chừng", "Taken away too soon"),
    "changed": Text("Dữ liệu trên chip đã bị sửa", "Data on the chip was altered"),
    "copied": Text("Bản sao của thẻ thật", "A copy of a real document"),
    "revoked": Text("Người ký dữ liệu đã bị thu hồi", "Its signer was revoked"),
    "expired": Text("Thẻ đã hết hạn", "The document has expired"),
}
TWO_YEARS = dt.timedelta(days=730)


@readers.register(KEY)
class SandboxReader:
    """Lays any of the sandbox's documents on itself."""

    name = Text("Đầu đọc bản thử", "Sandbox reader")

    def documents(self, lang: str) -> Sequence[tuple[str, str]]:
        """The people known by name, and the foreigners; any other personal number may be given too."""
        people = [
            (one["number"], f"{one['name']} · {one['number']}") for one in demo_people()["people"].values()
        ]
        papers = [
            (key, f"{one['name']} · {one['country']} {one['number']}") for key, one in foreigners().items()
        ]
        return [*people, *papers]

    def moods(self, lang: str) -> Sequence[tuple[str, str]]:
        return [(key, text.text(lang)) for key, text in MOODS.items()]

    def read(self, document: str, mood: str, challenge: bytes) -> bytes:
        reading = chip_of(document, mood).read(challenge)
        if mood == "torn":
            half = reading.files["DG2"]
            reading = Reading({**reading.files, "DG2": half[: len(half) // 2]}, reading.answer)
            return reading.dump()[: len(reading.dump()) // 2]
        return reading.dump()

    def vouched_for(self) -> CardTrust:
        return vouched_for(clock.now())


def chip_of(document: str, mood: str = "good") -> Chip:
    """The chip of a personal number's card, or of a foreigner's passport. Raises UserError where there is none."""
    chip = _chip(str(settings.MOTCUA_HOME), document, (mood in ("revoked", "expired") and mood) or "good")
    if mood == "changed":
        content = bytearray(chip.files["DG2"])
        content[-3] ^= 1
        return Chip({**chip.files, "DG2": bytes(content)}, chip.key)
    return chip.copied() if mood == "copied" else chip


def vouched_for(now: dt.datetime) -> CardTrust:
    """The sandbox's authorities, with lists of today on which the former signers stand."""
    found = {}
    for country in NAMES:
        good, former = _issuers(str(settings.MOTCUA_HOME), country)
        word = Revocation(
            former.signer.serial_number, now - dt.timedelta(days=1), x509.ReasonFlags.key_compromise
        )
        found[country] = good.authorities(now, revoked=[word])
    return CardTrust(found)


@cache
def foreigners() -> dict[str, dict[str, Any]]:
    """The foreigners of the sandbox, by a key."""
    text = resources.files(__name__).joinpath("foreigners.yaml").read_text(encoding="utf-8")
    told: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return told


@cache
def portrait() -> bytes:
    """The one portrait that everybody in the sandbox has: a drawing, not a face."""
    return resources.files(__name__).joinpath("portrait.jpg").read_bytes()


@lru_cache(maxsize=256)
def _chip(home_folder: str, document: str, mood: str) -> Chip:
    passport = foreigners().get(document)
    country = passport["country"] if passport else "VNM"
    good, former = _issuers(home_folder, country)
    issuer = former if mood == "revoked" else good
    expires = clock.today() - dt.timedelta(days=1) if mood == "expired" else None
    if passport:
        return issuer.issue(_passport_zone(passport, expires), portrait())
    person = _person(document)
    return issuer.issue(_card_zone(document, person, expires), portrait(), _card_data(document, person))


def _person(number: str) -> dict[str, Any]:
    with acting(SYSTEM):
        row = Record.objects.filter(register_id="population", key=number, superseded_at=None).first()
    if row is None:
        raise UserError(
            "Bản thử không có thẻ của số này. Chọn một người trong danh sách, hoặc nhập số có trong dữ liệu dân cư.",
            "The sandbox has no card of this number. Choose somebody listed, or a number of the population database.",
            "document",
        )
    return dict(row.facts)


def _card_zone(number: str, person: dict[str, Any], expires: dt.date | None) -> Mrz:
    surname, _, given = str(person["name"]).partition(" ")
    return Mrz(
        "ID", "VNM", number[3:], surname, given, "VNM", dt.date.fromisoformat(person["born"]),
        "M" if person["sex"] == "Nam" else "F", expires or clock.today() + dt.timedelta(days=365 * 9), (number, ""),
    )  # fmt: skip


def _card_data(number: str, person: dict[str, Any]) -> CardData:
    return CardData(
        number=number,
        name=str(person["name"]).title(),
        born=dt.date.fromisoformat(person["born"]),
        sex=str(person["sex"]),
        nationality="Việt Nam",
        home_place=str(person.get("home_place") or ""),
        residence=str(person.get("place") or person.get("residence_text") or ""),
        issued_on=dt.date(2024, 7, 1),
        former_number="",
    )


def _passport_zone(told: dict[str, Any], expires: dt.date | None) -> Mrz:
    return Mrz(
        "P", told["country"], told["number"], told["surname"], told["given"], told["nationality"], told["born"],
        told["sex"], expires or clock.today() + dt.timedelta(days=told["lasts_days"]), ("", ""),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _issuers(home_folder: str, country: str) -> tuple[Issuer, Issuer]:
    """A country's issuer with its signer, and with a former signer that was revoked; made once for an installation."""
    kept = home.keep_once(
        home.folder("secrets", of=Path(home_folder)) / f"sandbox_cards_{country}.json", _new(country)
    )
    told = json.loads(kept)
    addresses = _addresses(country)
    authority = Authority(_certificate(told["authority"]), _key(told["authority_key"]), addresses)
    made = [
        Issuer(authority, _certificate(told[name]), _key(told[f"{name}_key"]))
        for name in ("signer", "former")
    ]
    return made[0], made[1]


def _new(country: str) -> str:
    start = dt.datetime.now(dt.UTC) - TWO_YEARS
    authority_key, signer_key, former_key = generate_key(), generate_key(), generate_key()
    authority = Authority.root(NAMES[country], authority_key, _addresses(country), start=start, years=25)
    ends = start + dt.timedelta(days=365 * 20)
    told = {"authority": _pem(authority.certificate), "authority_key": _pem(authority_key)}
    for name, key in (("signer", signer_key), ("former", former_key)):
        seal = Seal(NAMES[country], f"{country}-{name}")
        told[name] = _pem(authority.issue_seal(seal, key.public_key(), start=start, end=ends))
        told[f"{name}_key"] = _pem(key)
    return json.dumps(told)


def _addresses(country: str) -> Addresses:
    below = f"http://cards.invalid/{country}"
    return Addresses(f"{below}/signers.crl", f"{below}/ocsp", f"{below}/authority.cer")


def _pem(one: Any) -> str:
    if isinstance(one, x509.Certificate):
        return one.public_bytes(Encoding.PEM).decode("ascii")
    pem: bytes = one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode("ascii")


def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode("ascii"))


def _key(pem: str) -> Any:
    return load_pem_private_key(pem.encode("ascii"), None)
