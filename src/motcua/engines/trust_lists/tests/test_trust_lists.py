"""Whom we trust at which moment, and what revocation data must say for it."""

import datetime as dt
from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines.pki import KeyKind
from motcua.engines.pki.tests.house import NOW, START, House
from motcua.engines.trust_lists import (
    ChainError,
    Evidence,
    Failure,
    PolicyError,
    Roots,
    ServiceKind,
    StampError,
    Status,
    TrustListError,
    read_etsi_list,
    read_policy,
    read_stamp,
    read_trust_list,
    revoked_at,
    shipped_policy,
    shipped_trust_list,
    standing,
)
from motcua.engines.xmldsig import sign_enveloped, signer_for

DAY = dt.timedelta(days=1)


@pytest.fixture
def house() -> House:
    return House()


def evidence_of(house: House, now: dt.datetime = NOW) -> Evidence:
    return Evidence((*house.chain, house.root.certificate), (), tuple(house.crls(now)))


def failure_of(
    certificate: x509.Certificate, house: House, evidence: Evidence, at: dt.datetime = NOW
) -> Failure:
    with pytest.raises(ChainError) as caught:
        standing(certificate, Roots((house.root.certificate,)), evidence, at=at, now=NOW)
    return caught.value.failure


@pytest.mark.parametrize("by", ["lists", "responses"])
def test_a_certificate_stands_when_fresh_evidence_says_so(house: House, by: str) -> None:
    evidence = evidence_of(house) if by == "lists" else Evidence(house.chain, tuple(house.ocsps(NOW)))
    found = standing(house.officer, Roots((house.root.certificate,)), evidence, at=NOW, now=NOW)
    assert found.path == (house.officer, *house.chain, house.root.certificate)
    assert (found.known_until, found.revoked_at) == (NOW, None)


def test_silence_about_revocation_is_no_consent(house: House) -> None:
    assert failure_of(house.officer, house, Evidence(house.chain)) is Failure.REVOCATION_UNKNOWN
    only_below = Evidence(house.chain, (house.responder.respond_about(house.officer, NOW),))
    assert failure_of(house.officer, house, only_below) is Failure.REVOCATION_UNKNOWN


def test_evidence_of_strangers_does_not_count(house: House) -> None:
    stranger = House()
    forged = Evidence(house.chain, tuple(stranger.ocsps(NOW)), tuple(stranger.crls(NOW)))
    assert failure_of(house.officer, house, forged) is Failure.REVOCATION_UNKNOWN
    assert failure_of(stranger.officer, house, evidence_of(house)) is Failure.UNKNOWN_ISSUER


def test_a_revocation_counts_from_its_moment_on(house: House) -> None:
    house.revoke(house.officer, NOW - DAY)
    evidence = evidence_of(house)
    assert failure_of(house.officer, house, evidence) is Failure.REVOKED
    trust = Roots((house.root.certificate,))
    earlier = standing(house.officer, trust, evidence, at=NOW - 2 * DAY, now=NOW)
    assert earlier.revoked_at == NOW - DAY
    assert revoked_at(house.officer, trust, evidence, NOW) == NOW - DAY
    assert revoked_at(house.seal, trust, evidence, NOW) is None


def test_old_evidence_speaks_for_its_own_time(house: House) -> None:
    trust, kept = Roots((house.root.certificate,)), evidence_of(house, NOW + DAY / 2)
    later = standing(house.officer, trust, kept, at=NOW, now=NOW + 300 * DAY)
    assert later.known_until == NOW + DAY / 2
    with pytest.raises(ChainError) as stale:
        standing(house.officer, trust, kept, at=NOW + 200 * DAY, now=NOW + 300 * DAY)
    assert stale.value.failure is Failure.REVOCATION_UNKNOWN


@pytest.mark.parametrize("days", [-400, 1500])
def test_out_of_force_is_told_apart(house: House, days: int) -> None:
    assert failure_of(house.officer, house, evidence_of(house), NOW + days * DAY) is Failure.OUT_OF_FORCE


def test_algorithms_end_by_data(house: House) -> None:
    policy = shipped_policy()
    weak = House(KeyKind.RSA2048)
    key = weak.officer.public_key()
    assert policy.allows(key, "sha256", dt.datetime(2030, 12, 31, 12, tzinfo=dt.UTC))
    assert not policy.allows(key, "sha256", dt.datetime(2031, 1, 1, 12, tzinfo=dt.UTC))
    assert not policy.allows(key, "sha1", NOW)
    assert not policy.allows(key, "md5", NOW)
    assert policy.allows(house.officer.public_key(), "sha512", NOW + 9000 * DAY)
    with pytest.raises(ChainError) as caught:
        standing(
            weak.officer,
            Roots((weak.root.certificate,)),
            evidence_of(weak),
            at=NOW,
            now=NOW,
            algorithms=policy,
            relied_on=NOW + 2000 * DAY,
        )
    assert caught.value.failure is Failure.WEAK_ALGORITHM


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "lacks or misspells 'digests'"),
        ({"digests": [{"name": "sha256"}], "keys": []}, "source"),
        ({"digests": [{"name": "sha256", "until": "soon", "source": "x"}], "keys": []}, "2030-12-31"),
        ({"digests": [{"name": "sha256", "source": ""}], "keys": []}, "where this comes from"),
    ],
)
def test_a_broken_table_of_algorithms_says_how_to_mend_it(table: dict[str, object], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        read_policy(table)


def test_a_time_stamp_tells_its_moment(house: House) -> None:
    stamp = read_stamp(house.tsa.stamp(_digest(b"paper")), b"paper")
    assert (stamp.at, stamp.certificate) == (NOW, house.stamp)
    with pytest.raises(StampError, match="something else"):
        read_stamp(house.tsa.stamp(_digest(b"paper")), b"other")
    with pytest.raises(StampError, match="not a time-stamp"):
        read_stamp(b"0\x03\x02\x01\x01", b"paper")


def test_a_token_changed_anywhere_that_counts_is_refused(house: House) -> None:
    token = house.tsa.stamp(_digest(b"paper"))
    moment = token.index(b"20261121083000Z")
    with pytest.raises(StampError):
        read_stamp(token[:moment] + b"20251121083000Z" + token[moment + 15 :], b"paper")
    with pytest.raises(StampError):
        read_stamp(token[:-1] + bytes([token[-1] ^ 1]), b"paper")


def test_a_signers_certificate_cannot_stamp(house: House) -> None:
    house.tsa._frame = type(house.tsa._frame)(
        house.officer.public_bytes(Encoding.DER), tuple(c.public_bytes(Encoding.DER) for c in house.chain)
    )
    with pytest.raises(StampError, match="that purpose only"):
        read_stamp(house.tsa.stamp(_digest(b"paper")), b"paper")


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()


def test_vietnams_authorities_are_named_and_none_is_trusted_before_it_is_added(house: House) -> None:
    shipped = shipped_trust_list()
    assert shipped.missing() == shipped.services
    assert not shipped.anchors(ServiceKind.CERTIFICATES, NOW)
    names = [service.name for service in shipped.services]
    assert "Vietnam National Root CA" in names
    assert "VGCA, specialised public-service signatures" in names
    ours = shipped.with_certificate("Sandbox root", house.root.certificate)
    assert ours.anchors(ServiceKind.CERTIFICATES, NOW) == (house.root.certificate,)
    issuing = ours.trusted(house.issuing.certificate, ServiceKind.CERTIFICATES, NOW)
    assert issuing is not None
    assert issuing.name == "Sandbox root"
    assert ours.trusted(House().issuing.certificate, ServiceKind.CERTIFICATES, NOW) is None
    assert standing(house.officer, ours, evidence_of(house), at=NOW, now=NOW).known_until == NOW
    with pytest.raises(TrustListError, match="there is no service"):
        shipped.with_certificate("Nobody", house.root.certificate)


def test_a_withdrawn_service_is_trusted_for_what_came_before(house: House) -> None:
    pem = house.root.certificate.public_bytes(Encoding.PEM).decode()
    history = [
        {"status": "granted", "since": START.date(), "source": "decision 1"},
        {"status": "withdrawn", "since": "2026-06-01", "source": "decision 2"},
    ]
    service = {"name": "CA", "kind": "certificates", "history": history, "certificates": [pem]}
    listed = read_trust_list(
        {"territory": "VN", "operator": "us", "providers": [{"name": "P", "services": [service]}]}
    )
    spring, autumn = dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    assert listed.trusted(house.root.certificate, ServiceKind.CERTIFICATES, spring)
    assert listed.trusted(house.root.certificate, ServiceKind.CERTIFICATES, autumn) is None
    status = listed.services[0].status(autumn)
    assert status is not None
    assert (status.status, status.source) == (Status.WITHDRAWN, "decision 2")
    assert listed.services[0].status(START - DAY) is None
    assert len((listed + shipped_trust_list()).services) == 1 + len(shipped_trust_list().services)


def test_a_broken_list_says_where() -> None:
    with pytest.raises(TrustListError, match="providers"):
        read_trust_list({"territory": "VN", "operator": "us"})
    service = {"name": "CA", "kind": "magic", "history": []}
    with pytest.raises(TrustListError, match="CA: 'magic'"):
        read_trust_list(
            {"territory": "VN", "operator": "us", "providers": [{"name": "P", "services": [service]}]}
        )


def etsi(house: House, until: str = "2027-01-01T00:00:00Z") -> bytes:
    body = b64encode(house.root.certificate.public_bytes(Encoding.DER)).decode()
    identity = (
        f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{body}</X509Certificate></DigitalId>"
        "</ServiceDigitalIdentity>"
    )
    status = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="tl"><SchemeInformation>
<SchemeOperatorName><Name xml:lang="de">Amt</Name><Name xml:lang="en">Office</Name></SchemeOperatorName>
<SchemeTerritory>XX</SchemeTerritory><ListIssueDateTime>2026-10-01T00:00:00Z</ListIssueDateTime>
<NextUpdate><dateTime>{until}</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="en">Provider</Name></TSPName>
</TSPInformation><TSPServices>
<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">CA one</Name></ServiceName>{identity}
<ServiceStatus>{status}/withdrawn</ServiceStatus><StatusStartingTime>2026-09-01T00:00:00Z</StatusStartingTime>
</ServiceInformation><ServiceHistory><ServiceHistoryInstance>
<ServiceStatus>{status}/granted</ServiceStatus><StatusStartingTime>2026-01-01T00:00:00Z</StatusStartingTime>
</ServiceHistoryInstance></ServiceHistory></TSPService>
<TSPService><ServiceInformation><ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/EDS/Q</ServiceTypeIdentifier>
</ServiceInformation></TSPService>
</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>""".encode()


def test_a_european_list_is_read_with_its_history(house: House) -> None:
    signed = sign_enveloped(etsi(house), signer_for(house.seal, house.seal_key))
    listed = read_etsi_list(signed, [house.seal], now=NOW)
    assert (listed.territory, listed.operator) == ("XX", "Office")
    (service,) = listed.services
    assert (service.provider, service.name, service.kind) == ("Provider", "CA one", ServiceKind.CERTIFICATES)
    assert service.granted(dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    assert not service.granted(NOW)


def test_a_european_list_is_read_only_when_its_signature_is_one_we_expect(house: House) -> None:
    signed = sign_enveloped(etsi(house), signer_for(house.seal, house.seal_key))
    with pytest.raises(TrustListError, match="does not hold"):
        read_etsi_list(signed.replace(b"withdrawn", b"granted"), [house.seal], now=NOW)
    with pytest.raises(TrustListError, match="not among"):
        read_etsi_list(signed, [house.officer], now=NOW)
    with pytest.raises(TrustListError, match="fetch it again"):
        read_etsi_list(signed, [house.seal], now=NOW + 100 * DAY)
    with pytest.raises(TrustListError, match="bears no signature"):
        read_etsi_list(etsi(house), [house.seal], now=NOW)
