"""A root whose key was lost is withdrawn by two persons: what it vouched for before stands, nothing after does."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typst
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import (
    certificates,
    disowning,
    queries,
    reissuing,
    revocation,
    root_files,
    signing_keys,
    succession,
    trust,
)
from motcua.core.documents.checking import TrustBundle, check
from motcua.core.documents.checking.bundle import BundleError, pack
from motcua.core.documents.models import Document, Key
from motcua.core.documents.testing import issued_result
from motcua.core.documents.tests.conftest import Move
from motcua.core.documents.tests.test_certificates import approver, granted, head
from motcua.core.documents.tests.test_succession import (
    HOUR,
    IN_2035,
    KEEPERS,
    PASSPHRASE,
    offline,
    openssl_believes,
    revoked,
)
from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger import log
from motcua.core.ledger.models import Event
from motcua.engines import cades, pades
from motcua.engines.pki import (
    Authority,
    Person,
    PrivateKey,
    TimeStampAuthority,
    ceremonies,
    generate_key,
    sign_with,
)
from motcua.engines.pki.ceremonies import Answer, Order
from motcua.engines.trust_lists import Evidence

NEXT_PASSPHRASE = PASSPHRASE + " mới"


@dataclass(frozen=True)
class Thief:
    """Whoever has the root's key makes authorities with our names, and a clock of his own."""

    root: Authority
    at: dt.datetime

    @property
    def _authority(self) -> tuple[Authority, PrivateKey]:
        key = generate_key()
        title = trust.title_of("officers")
        own = self.root.issue_authority(title, key.public_key(), start=self.at - 24 * HOUR)
        return Authority(own, key, trust.addresses_of("officers"), [self.root.certificate]), key

    def stamp(self, digest: bytes) -> bytes:
        key = generate_key()
        own = self.root.issue_time_stamping(
            trust.title_of(trust.STAMPER), key.public_key(), start=self.at - 24 * HOUR
        )
        return TimeStampAuthority(own, [], lambda data: sign_with(key, data), lambda: self.at).stamp(digest)

    def forged(self, content: bytes) -> tuple[bytes, bytes]:
        """A message over the content and a PDF, signed by "the chair" and stamped with a date before the theft."""
        authority, _ = self._authority
        key = generate_key()
        person = Person("Nguyễn Văn Giả", "Chủ tịch", "Ủy ban nhân dân phường", "0" * 20)
        own = authority.issue_person(person, key.public_key(), start=self.at - 24 * HOUR)
        chain = [authority.certificate]
        message = cades.sign(
            content, own, lambda data: sign_with(key, data), at=self.at, chain=chain, timestamp=self.stamp
        )
        nothing = authority.crl([], number=1, now=clock.now(), next_update=clock.now() + 48 * HOUR)
        fresh = self.root.crl([], number=1, now=clock.now(), next_update=clock.now() + 48 * HOUR)
        made = typst.compile(b"= Decision", format="pdf", pdf_standards=["a-2b"])
        assert isinstance(made, bytes)
        prepared = pades.prepare(made, "NguoiKy", own, chain=chain, when=self.at)
        pdf = pades.complete(prepared, sign_with(key, prepared.to_sign), timestamp=self.stamp)
        pdf = pades.embed_evidence(pdf, certificates=chain, ocsps=[], crls=[nothing, fresh])
        kept = Evidence(tuple(chain), (), (nothing, fresh))
        return cades.embed_evidence(message, kept), pdf


def thief(house: trust.House) -> Thief:
    key = house.keys.private_key(trust.key_of("root"))
    stolen = Authority(house.roots["root"], key, trust.addresses_of("root"))
    return Thief(stolen, clock.now() - 24 * HOUR)


def carried(order: Order, sealed: Path, root: x509.Certificate | None = None) -> Answer:
    """What the machine of the root answers to an order that founds one, or by a root there is."""
    from motcua.core.documents import ceremony

    told = ceremony.answer_to(
        Order.from_json(order.to_json()), root, (sealed, NEXT_PASSPHRASE), by=KEEPERS, now=clock.now()
    )
    return Answer.from_json(told.to_json())


def verdict_of(content: bytes) -> tuple[str, str]:
    found = queries.verify_bytes(content)
    return found.verdict.value, " ".join(reason.en for reason in found.reasons)


def test_results_from_before_stand_and_say_why(lonely_house: trust.House, move: Move) -> None:
    signed = queries.content(issued_result())
    now = clock.now()
    move(now + 2 * HOUR)
    revoked("root", now + HOUR)
    found = queries.verify_bytes(signed)
    assert found.verdict == "valid"
    assert {one.today.name for one in found.signatures} == {"REVOKED"}
    assert any("a time-stamp proves that the signature was there before" in one.en for one in found.reasons)
    assert any("Motcua Root CA" in one.vi and "không còn được tin từ" in one.vi for one in found.reasons)


def test_what_was_signed_after_the_loss_is_refused(lonely_house: trust.House, move: Move) -> None:
    now = clock.now()
    signed = queries.content(issued_result())
    move(now + HOUR)
    revoked("root", now - HOUR)
    verdict, why = verdict_of(signed)
    assert verdict == "altered"
    assert "nothing proves that the signature was there before" in why


def test_life_goes_on_under_the_new_root(lonely_house: trust.House, tmp_path: Path) -> None:
    first, key = lonely_house.root.certificate, granted()
    revoked("root", clock.now() - HOUR)
    house = trust.house()
    assert (house.root_name, [*house.standing_roots]) == ("root-2", ["root-2"])
    assert x509.load_pem_x509_certificates((house.trust / "root.pem").read_bytes()) == [
        house.root.certificate
    ]
    assert trust.key_of("root") not in house.keys.key_ids(), (
        "a lost key is of no use to anybody but its thief"
    )
    assert certificates.standing(key) == "revoked"
    done = reissuing.issue_anew(approver(9))
    assert (done.left, done.failed) == (0, ())
    renewed = Key.objects.get(replaces=key)
    assert (renewed.authority, certificates.standing(renewed)) == ("officers-2", "valid")
    lists, between = house.revocation_lists(), house.intermediates
    leaf = signing_keys.certificate_of(renewed)
    assert openssl_believes(leaf, house.root.certificate, between, lists, tmp_path) == ""
    former = signing_keys.certificate_of(key)
    assert "revoked" in openssl_believes(former, first, between, lists, tmp_path), (
        "its last list warns whoever has not heard"
    )
    result = issued_result()
    assert queries.verify_bytes(queries.content(result)).verdict == "valid"
    assert {one.key.authority for one in result.signatures.select_related("key")} == {
        "officers-2",
        "seals-2",
    }
    assert house.issuer_of(house.keys.certificate(house.stamper)) == "root-2"


def engines_believe(content: bytes, message: bytes, pdf: bytes) -> tuple[bool, bool]:
    """What the engines say of a message and a PDF by the trust of this moment, without the register of authorities."""
    bundle, now = queries.trust_bundle().as_at(clock.now()), clock.now()
    told = pades.verify(
        pdf, bundle.every_anchor, now=now, certificates=bundle.intermediates, crls=bundle.crls, trust=bundle
    )
    (signer,) = cades.verify(message, {"x": content}, bundle, now=now, evidence=bundle.evidence)
    return signer.valid, told.valid


def test_whoever_has_the_key_can_date_back_as_he_likes(lonely_house: trust.House) -> None:
    signed, content = queries.content(issued_result()), b"noi dung"
    message, pdf = thief(lonely_house).forged(content)
    assert engines_believe(content, message, pdf) == (True, True), "nobody can tell while the root is trusted"
    revoked("root", clock.now())
    assert engines_believe(content, message, pdf) == (False, False)
    after = queries.verify_files([("x.p7s", message), ("x", content), ("x.pdf", pdf)])
    assert {one.verdict.holds for one in after} == {False}
    offline_bundle = TrustBundle.read(trust.house().publish())
    assert not check(pdf, offline_bundle, now=clock.now()).verdict.holds
    assert check(signed, offline_bundle, now=clock.now()).verdict.holds


def test_the_bundle_tells_whoever_checks_without_a_network(lonely_house: trust.House, tmp_path: Path) -> None:
    signed = queries.content(issued_result())
    revoked("root", clock.now())
    packed = tmp_path / "bundle.zip"
    packed.write_bytes(pack(trust.house().publish()))
    bundle = TrustBundle.read(packed)
    assert [one.name for one in bundle.withdrawn] == ["root"]
    told = check(signed, bundle, now=clock.now())
    assert told.verdict.holds
    assert any("so it stands" in one.en for one in told.reasons)
    with pytest.raises(BundleError, match="empty"):
        TrustBundle.from_files({"root.pem": b""}, "nowhere")


def test_the_notice_is_signed_by_the_new_root(lonely_house: trust.House, tmp_path: Path) -> None:
    revoked("root", clock.now())
    house = trust.house()
    notice = root_files.notice_of(house.trust, "root")
    told = json.loads(notice.read_text("utf-8"))
    assert "bỏ nó khỏi danh sách tin cậy" in told["vi"]
    assert {one["name"] for one in told["stood"]} == {"issuer", "officers", "seals", "stamping"}
    (tmp_path / "root.pem").write_bytes(house.root.certificate.public_bytes(Encoding.PEM))
    signature = root_files.signature_of(house.trust, "root")
    verified = [
        *("openssl", "cms", "-verify", "-inform", "DER", "-binary", "-in", str(signature), "-content"),
        *(str(notice), "-CAfile", "root.pem", "-purpose", "any", "-out", "told"),
        *("-attime", str(int(clock.now().timestamp()))),
    ]
    said = subprocess.run(verified, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "told").read_bytes() == notice.read_bytes()
    notice.write_bytes(notice.read_bytes().replace(b"Motcua", b"Khac"))
    assert subprocess.run(verified, cwd=tmp_path, capture_output=True, check=False).returncode != 0
    assert succession.duties() == []


def test_an_offline_root_is_followed_by_a_ceremony_without_it(
    lonely_house: trust.House, tmp_path: Path
) -> None:
    offline(lonely_house, tmp_path)
    signed = queries.content(issued_result())
    revoked("root", clock.now())
    house = trust.house()
    assert house.standing_roots == {}
    assert {one.kind for one in succession.duties()} >= {"root", "authority", "stamper", "notice"}
    assert queries.verify_bytes(signed).verdict == "valid", "while the new root is awaited too"
    with pytest.raises(trust.RootRests):
        issued_result()
    order = succession.order()
    assert "found the root" in order.sentences()[0]
    assert any("sign the notice that root is withdrawn" in one for one in order.sentences())
    sealed = tmp_path / "root-2.sealed"
    answer = carried(order, sealed)
    own = ceremonies.certificate_in(answer.certificate)
    fingerprint = ceremonies.fingerprint_of(own).upper()
    with pytest.raises(UserError) as missing:
        succession.accept(approver(), answer)
    assert missing.value.field == "fingerprint"
    with pytest.raises(UserError, match="not that of the root"):
        succession.accept(approver(), answer, "00" + fingerprint[2:])
    fresh = succession.accept(
        approver(), answer, " ".join(fingerprint[at : at + 4] for at in range(0, 64, 4))
    )
    assert {"officers-2", "seals-2", "issuer-2", "time-stamping-2", "responder", "root-2"} <= set(fresh)
    used = Event.objects.filter(kind="authority.root_used").latest("id")
    assert (used.data["founded"], used.data["by"]) == ("root-2", list(KEEPERS))
    assert not trust.house().root_is_online
    assert reissuing.ask_anew() > 0
    reissuing.issue_anew(approver(9))
    assert queries.verify_bytes(queries.content(issued_result())).verdict == "valid"
    assert queries.verify_bytes(signed).verdict == "valid"
    assert [one.kind for one in succession.duties()] == ["revocation"], "the lost root's last list"
    again = succession.accept(approver(), carried(succession.order(), sealed, trust.house().root.certificate))
    assert again == []


def test_nobody_takes_a_root_that_was_not_asked_for(lonely_house: trust.House, tmp_path: Path) -> None:
    order = succession.order()
    key = generate_key()
    strange = replace(order, root="root-2", fingerprint="", title=trust.title_of("root-2"))
    told = ceremonies.answer(strange, None, key, by=KEEPERS, now=clock.now())
    fingerprint = ceremonies.fingerprint_of(ceremonies.certificate_in(told.certificate))
    with pytest.raises(UserError, match="no root"):
        succession.accept(approver(), told, fingerprint)
    offline(lonely_house, tmp_path)
    revoked("root")
    named = replace(succession.order(), title="Somebody's Root CA")
    told = ceremonies.answer(named, None, key, by=KEEPERS, now=clock.now())
    fingerprint = ceremonies.fingerprint_of(ceremonies.certificate_in(told.certificate))
    with pytest.raises(UserError, match="not the certificate of"):
        succession.accept(approver(), told, fingerprint)
    unsigned = carried(succession.order(), tmp_path / "next.sealed")
    another = ceremonies.answer(
        replace(succession.order(), notices={"root": "{}"}), None, key, by=KEEPERS, now=clock.now()
    )
    fingerprint = ceremonies.fingerprint_of(ceremonies.certificate_in(another.certificate))
    with pytest.raises(UserError, match="notice root is not signed"):
        succession.accept(approver(), another, fingerprint)
    assert unsigned.certificate
    assert trust.house().standing_roots == {}


def test_the_root_that_stands_beside_takes_over(
    lonely_house: trust.House, move: Move, tmp_path: Path
) -> None:
    signed = queries.content(issued_result())
    first = thief(lonely_house)
    move(IN_2035)
    succession.perform()
    assert [*trust.house().standing_roots] == ["root", "root-2"]
    revoked("root", clock.now())
    house = trust.house()
    assert (house.root_name, [*house.standing_roots]) == ("root-2", ["root-2"])
    link = next(one for one in house.links if one.subject == lonely_house.root.certificate.subject)
    listed = x509.load_der_x509_crl(revocation.list_of("root-2"))
    assert listed.get_revoked_certificate_by_serial_number(link.serial_number), "or it would lead around"
    assert queries.verify_bytes(signed).verdict == "valid"
    message, pdf = replace(first, at=clock.now() - 24 * HOUR).forged(b"x")
    assert engines_believe(b"x", message, pdf) == (False, False)
    assert succession.duties() == []


def test_the_public_log_proves_what_a_lost_time_stamping_key_cannot(
    lonely_house: trust.House, move: Move
) -> None:
    now = clock.now()
    result = issued_result()
    signed = queries.content(result)
    unlogged = queries.content(issued_result("VÕ THỊ SÁU"))
    Document.objects.exclude(pk=result.pk).update(log_submission_id=None)
    move(now + 2 * HOUR)
    revoked("stamping", now + HOUR)
    revoked("root", now + HOUR)
    verdict, why = verdict_of(signed)
    assert verdict == "valid"
    assert "the public log proves that this file was there" in why
    assert verdict_of(unlogged)[0] != "valid"
    bundle = TrustBundle.read(trust.house().publish())
    assert not check(signed, bundle, now=clock.now()).verdict.holds, "the file alone proves nothing"
    logged = log.stood_at(result.log_submission_id or 0)
    assert logged is not None
    assert logged < now + HOUR


def test_what_was_logged_after_the_loss_is_proven_by_nothing(lonely_house: trust.House, move: Move) -> None:
    now = clock.now()
    signed = queries.content(issued_result())
    move(now + 2 * HOUR)
    revoked("stamping", now - HOUR)
    revoked("root", now - HOUR)
    assert verdict_of(signed)[0] == "altered"


def test_nobody_withdraws_a_root_alone(lonely_house: trust.House) -> None:
    asked = disowning.ask(approver(7), "root", "ca_compromise", "mất khóa")
    with pytest.raises(NotAllowed, match="second person"):
        disowning.approve(approver(7), asked.pk)
    assert trust.house().withdrawn == {}
    with pytest.raises(NotAllowed):
        reissuing.issue_anew(head())


def test_a_withdrawal_that_was_stopped_between_is_done_whole(
    lonely_house: trust.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from motcua.core.documents import withdrawing

    since = clock.now()

    def power_is_cut(*_: object) -> None:
        raise OSError("stopped")

    with monkeypatch.context() as cut:
        cut.setattr(withdrawing, "remember", power_is_cut)
        with pytest.raises(OSError, match="stopped"):
            withdrawing.withdraw("root", since, "ca_compromise")
    trust.forget_house()
    assert trust.house().standing_roots == {}, "it is believed by nobody already"
    withdrawing.withdraw("root", since, "ca_compromise")
    succession.perform()
    house = trust.house()
    assert {"root", "officers", "seals", "stamping", "issuer"} <= {one.name for one in house.revoked()}
    assert not any(one.key_is_lost for one in house.withdrawn["root"].stood), "theirs were not lost with it"
    assert house.root_name == "root-2"


def test_the_list_says_who_still_lacks_a_certificate(lonely_house: trust.House) -> None:
    key = granted()
    device = granted()
    Key.objects.filter(pk=device.pk).update(store="agent")
    revoked("root")
    lacks = {one.key.pk: one.lack.value for one in reissuing.bereft()}
    assert lacks[key.pk] == "waits"
    assert lacks[device.pk] == "holder"
    done = reissuing.issue_anew(approver(9), limit=1)
    assert done.issued == 1
    while done.left:
        done = reissuing.issue_anew(approver(9), limit=1)
    assert {one.key.pk for one in reissuing.bereft()} == {device.pk}
    assert reissuing.issue_anew(approver(9)).issued == 0, "twice is once"
