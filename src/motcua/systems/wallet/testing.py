"""For tests: an extract of birth in somebody's vault, and a phone that holds its credential."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.documents.testing import TEMPLATE
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.organisations.models import Appointment
from motcua.core.registers.data import demo_people
from motcua.engines import sd_jwt
from motcua.systems.wallet import offers

EXTRACT, PENSION = "2.000635", "1.014027"


def extract_of(name: str, *, born: str = "") -> Document:
    """The extract of birth of a person of the demonstration, signed, sealed, issued, in their vault."""
    person = _person(name) | ({"born": born} if born else {})
    about = {key: str(person[key]) for key in ("number", "name", "born", "sex")} | {"nationality": "Việt Nam"}
    entry = {"number": 203, "year": 2001, "agency_name": _chair().agency.name, "person": about}
    data = {"entry": entry, "copies": 1, "name": about["name"]}
    return _issued(EXTRACT, "Trích lục khai sinh (bản sao)", data, person)


def pension_of(name: str) -> Document:
    """The decision that grants the social pension, in the vault of a person of the demonstration."""
    person = _person(name)
    elder = {key: str(person[key]) for key in ("number", "name", "born", "residence_unit")}
    data = {"granted": True, "elder": elder, "amount_text": "500.000 đ/tháng", "from_day": "2026-11-20"}
    return _issued(PENSION, "Quyết định về trợ cấp hưu trí xã hội", data | {"name": elder["name"]}, person)


def _person(name: str) -> dict[str, Any]:
    person: dict[str, Any] = demo_people()["people"][name]
    return dict(person)


def _chair() -> Appointment:
    return Appointment.objects.select_related("officer", "agency").get(
        position__code="chair", agency__code="H55.237"
    )


def _issued(service_code: str, title: str, data: dict[str, Any], person: dict[str, Any]) -> Document:
    chair = _chair()
    document = documents.draft(
        SYSTEM,
        kind="result",
        title=title,
        template=TEMPLATE,
        data=data,
        agency_id=chair.agency_id,
        service_code=service_code,
    )
    officer = Actor(
        ActorKind.OFFICER, chair.officer.name, officer_id=chair.officer_id, agency_id=chair.agency_id
    )
    documents.sign(officer, [document.pk])
    document.refresh_from_db()
    return documents.issue(document, [Party.objects.get(personal_number=person["number"]).pk])


class Phone:
    """A wallet as the standards describe it, in a few lines: for the tests that no outside wallet would pass."""

    def __init__(self, client: Client, key: ECKey | None = None) -> None:
        self.client = client
        self.key = key or ECKey.generate_key("P-256")
        self.credentials: list[str] = []

    def token(self, link: str, tx_code: str) -> Any:
        """The token response for an offer's link."""
        where = parse_qs(urlsplit(link).query)["credential_offer_uri"][0]
        offer = self.client.get(urlsplit(where).path).json()
        code = offer.get("grants", {}).get(offers.GRANT, {}).get("pre-authorized_code", "")
        return self.token_of(code, tx_code)

    def token_of(self, code: str, tx_code: str) -> Any:
        form = {"grant_type": offers.GRANT, "pre-authorized_code": code, "tx_code": tx_code}
        return self.client.post("/vi-so/token", form)

    def nonce(self) -> str:
        return str(self.client.post("/vi-so/nonce").json()["c_nonce"])

    def proof(self, fresh: str, site: str, *, key: ECKey | None = None, **more: Any) -> str:
        key = key or self.key
        payload = {"aud": site, "iat": int(clock.now().timestamp()), "nonce": fresh, **more}
        header = {"typ": "openid4vci-proof+jwt", "jwk": dict(key.as_dict(private=False))}
        return sd_jwt.sign(payload, key, header)

    def ask_for(self, token: str, proofs: list[str], type_: str = "trich-luc-khai-sinh") -> Any:
        """The credential response."""
        body = {"credential_configuration_id": type_, "proofs": {"jwt": proofs}}
        answer = self.client.post(
            "/vi-so/credential",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code == 200:
            self.credentials += [one["credential"] for one in answer.json()["credentials"]]
        return answer

    def fetch(self, link: str) -> dict[str, Any]:
        """The signed question behind a link for wallets, as told."""
        where = urlsplit(parse_qs(urlsplit(link).query)["request_uri"][0])
        part = self.client.get(where.path).content.decode().split(".")[1]
        told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return told

    def present(
        self, paths: list[sd_jwt.Path], *, nonce: str, audience: str, key: ECKey | None = None
    ) -> str:
        part = sd_jwt.present(self.credentials[-1], paths)
        at = int(clock.now().timestamp())
        return sd_jwt.bind(part, key or self.key, nonce=nonce, audience=audience, at=at)
