"""The remote signing API opened by access tokens of our own OpenID provider, as any application gets them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
import typst
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client as Browser
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from motcua.core.identity.demo import demo_code
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting, enter
from motcua.systems.openid import keys
from motcua.systems.openid.models import Grant
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import Application
from tests.signing.test_remote_signing import ECDSA, USER, in_its_own_loop, own_key, sign_by_pyhanko

LIST = "/chung-thu/csc/v2/credentials/list"
DIGEST = b64encode(sha256(b"1").digest()).decode()


@pytest.fixture(autouse=True)
def codes_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TOTP, "_mark_code_used", lambda self, code: True)


@pytest.fixture
def officer(db: None, client: Browser) -> Iterator[Browser]:
    """The officer's browser, both factors shown."""
    cache.clear()
    keys.forget()
    enter(SYSTEM)
    own_key()
    sign_in(client, USER)
    yield client
    keys.forget()


def make(name: str, **said: Any) -> Application:
    with acting(SYSTEM):
        return application.make(name, **said)


def key_id() -> str:
    with acting(SYSTEM):
        return own_key().key_id


def call(app: Application, path: str, token: str, body: Any = None, **headers: str) -> Any:
    """A call by an application that holds a bound token: each with a proof of its own."""
    headers.setdefault("Authorization", f"DPoP {token}")
    headers.setdefault("DPoP", app.proof(path, token=token))
    return Browser().post(path, json.dumps(body or {}), content_type="application/json", headers=headers)


def test_pyhanko_signs_with_a_token_of_the_code_flow(world: str) -> None:
    with acting(SYSTEM):
        keys.forget()
        browser = Browser()
        sign_in(browser, USER)
        app = application.make("Trình ký", scope="service credential")
        token = app.tokens(browser, scope="service credential")
        credential = own_key().key_id
    assert token["scope"].split() == ["service", "credential"]
    assert "id_token" not in token
    page = typst.compile(b"= 1", format="pdf")
    (signed,) = in_its_own_loop(
        sign_by_pyhanko(f"{world}/chung-thu", token["access_token"], credential, [page])
    )
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(allow_fetching=False))
    assert status.intact
    assert status.valid
    assert "Chủ tịch" in str(signature.signer_cert.subject.native)


def test_a_pushed_and_bound_token_signs_only_with_its_proof(officer: Browser) -> None:
    app = make("Trình ký", fapi=True, scope="openid service credential")
    token = app.tokens(officer, scope="openid service credential")["access_token"]
    assert call(app, LIST, token).json()["credentialIDs"] == [key_id()]
    for stolen in ({"DPoP": ""}, {"Authorization": f"Bearer {token}"}, {"DPoP": app.proof(LIST, token="x")}):
        assert call(app, LIST, token, **stolen).status_code == 401
    proof = app.proof(LIST, token=token)
    assert call(app, LIST, token, DPoP=proof).status_code == 200
    assert call(app, LIST, token, DPoP=proof).status_code == 401
    base = {"credentialID": key_id(), "hashes": [DIGEST]}
    leave = base | {"numSignatures": 1, "authData": [{"id": "OTP", "value": demo_code(USER)}]}
    sad = call(app, "/chung-thu/csc/v2/credentials/authorize", token, leave).json()["SAD"]
    asked = base | {"SAD": sad, "signAlgo": ECDSA}
    assert len(call(app, "/chung-thu/csc/v2/signatures/signHash", token, asked).json()["signatures"]) == 1


def test_what_was_not_agreed_to_opens_nothing(officer: Browser) -> None:
    app = make("Sổ tay", scope="openid service")
    seeing = app.tokens(officer, scope="openid service credential")["access_token"]
    assert call(app, LIST, "", Authorization=f"Bearer {seeing}", DPoP="").status_code == 200
    refused = call(
        app, "/chung-thu/csc/v2/signatures/signHash", "", Authorization=f"Bearer {seeing}", DPoP=""
    )
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    plain = make("Chỉ đăng nhập").tokens(officer)["access_token"]
    assert call(app, LIST, "", Authorization=f"Bearer {plain}", DPoP="").status_code == 403


def test_a_token_dies_with_the_consent(officer: Browser) -> None:
    app = make("Trình ký", scope="service")
    token = app.tokens(officer, scope="service")["access_token"]
    header = {"Authorization": f"Bearer {token}", "DPoP": ""}
    assert call(app, LIST, "", **header).status_code == 200
    officer.post(f"/oidc/ung-dung/{app.id}/thu-hoi/", {"scope": "service"})
    with acting(SYSTEM):
        assert Grant.objects.get(client=app.client).revoked_at is not None
    assert call(app, LIST, "", **header).status_code == 401


def test_a_password_opens_nothing_where_that_is_switched_off(officer: Browser, settings: Any) -> None:
    settings.MOTCUA_CSC_PASSWORD = False
    basic = "Basic " + b64encode(f"{USER}:x".encode()).decode()
    assert call(make("Máy"), "/chung-thu/csc/v1/auth/login", "", Authorization=basic).status_code == 401
    told = Browser().post("/chung-thu/csc/v2/info", "{}", content_type="application/json").json()
    assert told["authType"] == ["oauth2code", "external"]
    assert "auth/login" not in told["methods"]
    assert told["oauth2Issuer"] == f"{settings.MOTCUA_SITE}/oidc"


def test_an_application_that_speaks_for_itself_has_no_keys(officer: Browser) -> None:
    app = make("Máy", grant_types=["client_credentials"], scope="service presentation")
    form = {"grant_type": "client_credentials", "scope": "service"}
    assert app.post(Browser(), "/oidc/token", form).json()["error"] == "invalid_scope"
