"""Who takes part, what is offered to whom, and the configuration that says so."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import connection, transaction
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.gateway.configuration import Configuration, read_configuration
from motcua.systems.exchange import (
    certifying,
    contracts,
    granting,
    keys,
    membership,
    offering,
    openapi,
    publishing,
)
from motcua.systems.exchange.models import (
    AccessRequest,
    Certificate,
    Member,
    Notice,
    Publication,
    Standing,
    Version,
    VersionState,
)
from motcua.systems.exchange.tests.conftest import (
    APPROVER,
    DOCUMENT,
    EDITOR,
    World,
    allow,
    request_of,
)


def published() -> Configuration:
    """What a gateway makes of the newest publication."""
    key = load_pem_public_key(publishing.public_key_pem().encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return read_configuration(bytes(publishing.publish().body), {publishing.key_id(): key})


def test_a_gateway_reads_the_configuration_that_we_sign(exchange: World) -> None:
    allow(exchange, ("GET", "/people/*"))
    told = published()
    assert {each.code for each in told.gateways} == {"gw-H55", "gw-H55.237"}
    province = next(each for each in told.members if each.code == "H55")
    service = province.subsystems[0].services[0]
    assert (service.code, service.purposes) == ("tra-cuu", ("khai-sinh",))
    assert {(one.method, one.path) for one in service.endpoints} == {
        ("GET", "/people/*"),
        ("GET", "/people/*/address"),
        ("PUT", "/people/*/address"),
    }
    right = service.rights[0]
    assert right.subject == "VN/GOV/H55.237/mot-cua"
    assert right.endpoint is not None
    assert (right.endpoint.method, right.endpoint.path) == ("GET", "/people/*")
    assert len(province.certificates) == 1
    certificate = x509.load_pem_x509_certificate(told.gateways[0].certificates[0].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert str(names.get_values_for_type(x509.IPAddress)[0]) == "127.0.0.1"
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {one.dotted_string for one in usage} == {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}


def test_what_did_not_change_is_not_published_again(exchange: World) -> None:
    first = publishing.publish()
    assert publishing.publish().pk == first.pk
    allow(exchange)
    second = publishing.publish()
    assert second.pk == first.pk + 1


def test_a_configuration_is_renewed_long_before_its_end(
    exchange: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publishing.publish()
    later = clock.now() + dt.timedelta(hours=13)
    monkeypatch.setattr(clock, "now", lambda: later)
    second = publishing.publish()
    assert second.pk > first.pk
    assert second.expires_at > first.expires_at


def test_gateways_pull_it_by_etag_with_their_key_only(exchange: World, client: Client) -> None:
    address = "/lien-thong/cau-hinh.json"
    assert client.get(address).status_code == 401
    bearer = {"Authorization": f"Bearer {exchange.ward_key}"}
    whole = client.get(address, headers=bearer)
    assert whole.status_code == 200
    assert json.loads(whole.content)["instance"] == "VN"
    again = client.get(address, headers={**bearer, "If-None-Match": whole["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/lien-thong/cau-hinh/{exchange.ward_key}.json").content == whole.content
    exchange.ward_gateway.refresh_from_db()
    assert exchange.ward_gateway.last_version == Publication.objects.latest("id").pk


def test_nobody_approves_their_own_application(exchange: World) -> None:
    member, _ = membership.apply(APPROVER, member_class="GOV", code="G01", name="Bộ", contact="Ông An")
    with pytest.raises(NotAllowed, match="second person"):
        membership.decide_member(APPROVER, member, approve=True)
    with pytest.raises(NotAllowed):
        membership.decide_member(EDITOR, member, approve=True)


def test_a_member_joins_by_machine_and_its_request_is_signed_at_once(exchange: World, client: Client) -> None:
    def send(path: str, body: object, key: str) -> dict[str, str]:
        answer = client.post(
            f"/lien-thong/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code in (200, 201), answer.content
        found: dict[str, str] = answer.json()
        return found

    applied = send("members", {"code": "G06", "name": "Bộ Công an", "contact": "C06"}, "")
    assert applied["state"] == "applied"
    member = Member.objects.get(code="G06")
    refused = client.post(
        "/lien-thong/api/v1/gateways",
        json.dumps({"code": "gw-g06", "addresses": ["gw.example.vn:5500"]}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {applied['key']}"},
    )
    assert refused.status_code == 409, "not before a second person approved"
    membership.decide_member(APPROVER, member, approve=True)
    send("gateways", {"code": "gw-g06", "addresses": ["gw.example.vn:5500"]}, applied["key"])
    membership.decide_gateway(APPROVER, member.gateways.get(), approve=True)
    key = send("gateways/gw-g06/key", {}, applied["key"])["key"]
    own = ec.generate_private_key(ec.SECP256R1())
    signed = send("certificates", {"kind": "tls", "request": request_of(own)}, key)
    certificate = x509.load_pem_x509_certificate(signed["certificate"].encode())
    assert certificate.public_key() == own.public_key()
    assert "gw-g06" in {each.code for each in published().gateways}


def test_while_a_key_rotates_both_certificates_count(exchange: World) -> None:
    fresh = request_of(ec.generate_private_key(ec.SECP256R1()))
    made = certifying.certify_gateway(SYSTEM, exchange.ward_gateway, fresh)
    assert certifying.certify_gateway(SYSTEM, exchange.ward_gateway, fresh).pk == made.pk, (
        "asked twice, made once"
    )
    entry = next(each for each in published().gateways if each.code == "gw-H55.237")
    assert len(entry.certificates) == 2
    former = Certificate.objects.filter(gateway=exchange.ward_gateway).order_by("id")[0]
    certifying.revoke(APPROVER, former, "đã đổi khóa")
    told = published()
    entry = next(each for each in told.gateways if each.code == "gw-H55.237")
    assert entry.certificates == (made.pem,)
    assert former.fingerprint in told.trust.revoked


def test_a_key_of_the_api_is_good_for_a_week_after_the_next_was_made(
    exchange: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = keys.issue(exchange.ward, gateway=exchange.ward_gateway)
    assert keys.find(exchange.ward_key) is not None
    later = clock.now() + dt.timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert keys.find(exchange.ward_key) is None
    assert keys.find(following) is not None


def test_a_suspended_member_is_in_no_configuration(exchange: World) -> None:
    allow(exchange)
    membership.suspend(APPROVER, exchange.ward, "mất khóa")
    told = published()
    assert {each.code for each in told.members} == {"H55"}
    assert told.members[0].subsystems[0].services[0].rights == ()
    assert keys.find(exchange.ward_key) is None
    membership.resume(APPROVER, exchange.ward, "đã đổi khóa")
    assert {each.code for each in published().members} == {"H55", "H55.237"}


def test_access_is_asked_for_with_a_purpose_and_the_owner_decides(exchange: World) -> None:
    with pytest.raises(UserError, match="No such purpose"):
        granting.request_access(EDITOR, exchange.people, exchange.onestop, purposes=["bán-hàng"], why="x")
    asked = granting.request_access(
        EDITOR,
        exchange.people,
        exchange.onestop,
        purposes=["khai-sinh"],
        why="điền sẵn tờ khai",
        endpoints=[("GET", "/people/*")],
    )
    with pytest.raises(Conflict):
        granting.request_access(EDITOR, exchange.people, exchange.onestop, purposes=["khai-sinh"], why="x")
    with pytest.raises(NotAllowed):
        granting.decide_request(EDITOR, asked, approve=True)
    granting.decide_request(APPROVER, asked, approve=True)
    right = exchange.people.rights.get()
    assert (right.method, right.path, right.legal_basis) == ("GET", "/people/*", "Luật Hộ tịch điều 16")
    assert AccessRequest.objects.get().state == Standing.APPROVED
    granting.withdraw_right(APPROVER, right, "xong việc")
    assert published().members[0].subsystems[0].services[0].rights == ()


def test_a_version_in_use_is_not_withdrawn_before_its_users_were_told_in_time(
    exchange: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(exchange)
    with pytest.raises(Conflict, match="announce the end first"):
        contracts.withdraw(EDITOR, exchange.people)
    with pytest.raises(UserError, match="90 days of notice"):
        contracts.deprecate(EDITOR, exchange.people, clock.today() + dt.timedelta(days=10), "thay bản mới")
    end = clock.today() + dt.timedelta(days=90)
    contracts.deprecate(EDITOR, exchange.people, end, "thay bản mới")
    notice = Notice.objects.get()
    assert notice.subsystem == exchange.onestop
    assert f"{end:%d/%m/%Y}" in notice.text
    with pytest.raises(Conflict):
        contracts.withdraw(EDITOR, exchange.people)
    monkeypatch.setattr(clock, "today", lambda: end)
    assert contracts.withdraw(EDITOR, exchange.people).state == VersionState.WITHDRAWN


def test_the_next_version_runs_beside_the_former_with_the_rights_that_still_fit(exchange: World) -> None:
    allow(exchange, ("GET", "/people/*"))
    allow(exchange, ("PUT", "/people/*/address"))
    smaller = DOCUMENT.replace('    put: {summary: Sửa nơi ở, responses: {"204": {description: ok}}}\n', "")
    draft = offering.next_version(
        EDITOR, exchange.people.service, base_url="http://127.0.0.1:20002", document=smaller, change="bỏ sửa"
    )
    assert [(one.method, one.path) for one in draft.rights.all()] == [("GET", "/people/*")]
    contracts.decide(APPROVER, contracts.propose(EDITOR, draft), approve=True)
    codes = [one.code for one in published().members[0].subsystems[0].services]
    assert codes == ["tra-cuu", "tra-cuu.v2"]
    assert "bỏ sửa" in Notice.objects.get().text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: 2.0", "3.0.x or 3.1.x"),
        ("openapi: 3.0.0\ninfo: {}\npaths: {}", "info.title"),
        ("openapi: 3.0.0\ninfo: {title: a}\npaths: {}", "paths is empty"),
        ("openapi: 3.0.0\ninfo: {title: a}\npaths: {people: {}}", "must begin with /"),
        ("openapi: 3.0.0\ninfo: {title: a}\npaths: {/a: {get: {}}}", "GET /a: no responses"),
        ("a: &a [1]\nb: *a", "aliases"),
        ("[" * 5_000, "cannot be read"),
        ("x" * 600_000, "longer than"),
    ],
)
def test_a_wrong_openapi_document_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        openapi.read(text)


def test_quotas_and_a_stopped_service_reach_the_gateways(exchange: World) -> None:
    offering.set_quota(EDITOR, client=exchange.onestop, version=exchange.people, per_minute=60, per_day=5_000)
    contracts.stop(EDITOR, exchange.people, "bảo trì đến 17:00")
    told = published()
    quota = told.quotas[0]
    assert (quota.client, quota.per_minute, quota.per_day) == ("VN/GOV/H55.237/mot-cua", 60, 5_000)
    service = told.members[0].subsystems[0].services[0]
    assert (service.enabled, service.notice) == (False, "bảo trì đến 17:00")


def test_the_api_describes_itself(exchange: World, client: Client) -> None:
    described = client.get("/lien-thong/api/openapi.json").json()
    assert "/lien-thong/api/v1/topics/{code}/events" in described["paths"]
    assert openapi.read(json.dumps(described)).endpoints


def test_a_member_offers_its_own_service_by_machine_and_nobody_else_s(
    exchange: World, client: Client
) -> None:
    province, ward = keys.issue(exchange.province), keys.issue(exchange.ward)
    body = {
        "code": "ho-tich",
        "title": "Hộ tịch",
        "legal_basis": "Luật Hộ tịch",
        "base_url": "https://a.vn/x",
    }

    def send(key: str, path: str, what: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        answer = client.post(
            f"/lien-thong/api/v1/systems/dan-cu/{path}",
            json.dumps(what),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.status_code, answer.json()

    assert send(ward, "services", body)[0] == 404, "another's system does not exist for it"
    assert send(province, "services", body | {"document": "openapi: 2"})[0] == 400
    assert send(province, "services", body | {"document": DOCUMENT})[0] == 201
    status, told = send(province, "services/ho-tich/versions/1/propose", {})
    assert (status, told["service"], told["state"]) == (200, "VN/GOV/H55/dan-cu/ho-tich", "proposed")
    assert len(published().members[0].subsystems[0].services) == 1, "a machine publishes nothing"
    contracts.decide(APPROVER, Version.objects.get(service__code="ho-tich"), approve=True)
    codes = [one.code for one in published().members[0].subsystems[0].services]
    assert codes == ["tra-cuu", "ho-tich"]
    shape = {"type": "object"}
    topic = {"code": "t", "title": "T", "legal_basis": "L", "shape": shape}
    assert send(province, "topics", topic)[0] == 201
    assert send(province, "topics", topic | {"shape": {"type": 7}})[0] == 400


def test_a_publication_waits_for_changes_that_are_not_committed_yet(exchange: World) -> None:
    other = connection.copy()
    try:
        with transaction.atomic():
            publishing.changed()
            with other.cursor() as cursor:
                cursor.execute("select pg_try_advisory_lock(%s)", [publishing.LOCK])
                assert cursor.fetchone() == (False,)
    finally:
        other.close()


def test_the_members_page_says_how_its_gateway_is_set_up(exchange: World, client: Client) -> None:
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    page = client.get(f"/lien-thong/thanh-vien/{exchange.ward.uuid}/").content.decode()
    assert "motcua gateway enrol" in page
    assert sha256(publishing.public_key_pem().encode()).hexdigest() in page
