"""The chip of a card proves somebody: at the counter with the face compared, from afar with a challenge answered."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.identity import card_trust, cards, enrolment
from motcua.core.identity.contrib.sandbox_cards import chip_of
from motcua.core.identity.models import Account, CardRead, Evidence, FirstKey, Party, Session
from motcua.core.identity.testing import sign_in
from motcua.core.jobs import defer, run_all
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.registers.models import Record
from motcua.engines.identity_documents import CardTrust
from tests.people import number

pytestmark = pytest.mark.django_db
READER, AFAR = "/mot-cua/tai-khoan/doc-the/", "/dang-nhap/mo-tai-khoan/"
PASSWORD = "bưởi-diễn-ngọt-2026"


@pytest.fixture
def somebody() -> Record:
    """Somebody of age in the population database, without an account."""
    with acting(SYSTEM):
        known = set(Party.objects.exclude(number_index=None).values_list("personal_number", flat=True))
        rows = Record.objects.filter(
            register_id="population", superseded_at=None, **{"data__born:year__lt": 1990}
        )
        for record in rows.order_by("id"):
            if record.key not in known and not record.facts.get("dead_on"):
                return record
    raise AssertionError("the sample holds grown-ups")


def child() -> Record:
    with acting(SYSTEM):
        rows = Record.objects.filter(
            register_id="population", superseded_at=None, **{"data__born:year__gt": 2015}
        )
        return next(row for row in rows.order_by("id") if not row.facts.get("dead_on"))


def challenge_on(page: str) -> bytes:
    found = re.search(r"\b[0-9A-F]{16}\b", page)
    assert found is not None
    return bytes.fromhex(found[0])


def read(client: Client, document: str, mood: str = "good", at: str = READER) -> Any:
    return client.post(at, {"document": document, "mood": mood})


def card_page(clerk: Client, document: str) -> str:
    answer = read(clerk, document)
    assert answer.status_code == 303, answer.content.decode()[:300]
    return str(answer.headers["Location"])


def hand_in(client: Client, at: str, content: bytes) -> Any:
    return client.post(at, {"reading": SimpleUploadedFile("the.json", content, "application/json")})


def test_the_clerk_reads_the_chip_compares_the_face_and_the_account_opens_at_level_2(
    clerk: Client, somebody: Record
) -> None:
    place = card_page(clerk, somebody.key)
    page = clerk.get(place).content.decode()
    assert "data:image/jpeg;base64," in page
    assert "Chip tự trả lời mã kiểm tra" in page
    opened = clerk.post(f"{place}ma/", {"face": "same"})
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", opened.content.decode())
    assert code is not None
    with acting(SYSTEM):
        party = Party.objects.get(personal_number=somebody.key)
        evidence = Evidence.objects.get(party=party, kind="chip_read")
        taken = CardRead.objects.get(party=party)
        assert (party.level, evidence.level) == (2, 2)
        assert evidence.reference == f"card_read:{taken.uuid}"
        assert {"signature", "revocation", "groups", "expiry", "answer"} <= set(taken.checks)
        assert taken.portrait == ""
        assert taken.face_compared
        assert taken.facts["personal_number"] == somebody.key
        assert FirstKey.objects.get(account__party=party).evidence == "chip_read"
        kinds = set(Event.objects.filter(kind__startswith="card.").values_list("kind", flat=True))
    assert {"card.read", "card.proved"} <= kinds


def test_without_the_face_compared_it_is_level_1(clerk: Client, somebody: Record) -> None:
    clerk.post(f"{card_page(clerk, somebody.key)}ma/", {"face": "not"})
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=somebody.key).level == 1


def test_an_account_of_level_1_is_raised_by_the_chip(clerk: Client, somebody: Record) -> None:
    clerk.post("/mot-cua/tai-khoan/ma/", {"number": somebody.key, "evidence": "card_seen"})
    raised = clerk.post(f"{card_page(clerk, somebody.key)}nang-muc/", {"face": "same"})
    assert raised.status_code == 303
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=somebody.key).level == 2


def test_the_officer_s_word_alone_is_worth_level_1_at_most(clerk: Client, somebody: Record) -> None:
    met = clerk.post("/mot-cua/quay/nguoi-nop/", {"number": somebody.key, "evidence": "chip_read"})
    assert met.status_code == 303
    with acting(SYSTEM):
        assert Party.objects.get(personal_number=somebody.key).level == 1


def test_an_application_begins_for_whose_card_was_read(clerk: Client, somebody: Record) -> None:
    begun = clerk.post(f"{card_page(clerk, somebody.key)}tiep/", {"face": "same"})
    assert begun.status_code == 303
    assert "/quay/" in begun.headers["Location"]
    assert somebody.facts["name"] in clerk.get(begun.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("torn", "dứt quãng"), ("changed", "bị sửa"), ("copied", "bản sao"), ("revoked", "thu hồi"),
        ("expired", "hết hạn"),
    ],
)  # fmt: skip
def test_each_way_of_going_wrong_says_what_to_do_and_proves_nobody(
    clerk: Client, somebody: Record, mood: str, said: str
) -> None:
    answer = read(clerk, somebody.key, mood)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in page
    assert somebody.key in page or "Chọn một thẻ" in page
    with acting(SYSTEM):
        assert not CardRead.objects.exists()
        assert Event.objects.filter(kind="card.disbelieved").exists()
        assert not Party.objects.filter(personal_number=somebody.key).exists()


def test_a_file_read_elsewhere_is_taken_with_the_challenge_of_this_page_once(
    clerk: Client, somebody: Record
) -> None:
    challenge = challenge_on(clerk.get(READER).content.decode())
    reading = chip_of(somebody.key).read(challenge).dump()
    assert hand_in(clerk, READER, reading).status_code == 303
    again = hand_in(clerk, READER, reading)
    assert again.status_code == 400, "the challenge is spent"
    clerk.get(READER)
    stale = hand_in(clerk, READER, reading)
    assert "bản sao" in stale.content.decode(), "yesterday's answer is not an answer"


@pytest.mark.parametrize("content", [b"", b"{}", b"\x89PNG\r\n", b"x" * 600_000])
def test_another_file_is_refused_in_words(clerk: Client, content: bytes) -> None:
    clerk.get(READER)
    answer = hand_in(clerk, READER, content)
    assert answer.status_code == 400
    assert "govuk-error-message" in answer.content.decode()


def test_a_reading_is_good_once_for_half_an_hour_and_at_its_own_desk(
    clerk: Client, somebody: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = card_page(clerk, somebody.key)
    other = Client()
    with acting(SYSTEM):
        sign_in(other, "h05.200.00.one-stop-clerk")
    assert other.get(place).status_code == 404
    assert other.post(f"{place}ma/", {"face": "same"}).status_code == 404
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(minutes=31))
    assert clerk.post(f"{place}ma/", {"face": "same"}).status_code == 409
    monkeypatch.setattr(clock, "now", lambda: now)
    assert clerk.post(f"{place}ma/", {"face": "same"}).status_code == 200
    assert clerk.post(f"{place}ma/", {"face": "same"}).status_code == 409


def test_a_card_that_the_register_contradicts_opens_nothing(clerk: Client, somebody: Record) -> None:
    place = card_page(clerk, somebody.key)
    with acting(SYSTEM):
        taken = CardRead.objects.get()
        taken.facts = {**taken.facts, "name": "Tên Khác Hẳn"}
        taken.save()
    assert "Chip ghi khác cơ sở dữ liệu dân cư: Họ tên" in clerk.get(place).content.decode()
    assert clerk.post(f"{place}ma/", {"face": "same"}).status_code == 409
    with acting(SYSTEM):
        assert not Account.objects.filter(username=somebody.key).exists()


def test_portraits_are_forgotten_whether_used_or_not(
    clerk: Client, somebody: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_page(clerk, somebody.key)
    with acting(SYSTEM):
        assert CardRead.objects.get().portrait
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(minutes=45))
    defer("identity.forget_portraits")
    run_all()
    with acting(SYSTEM):
        assert not CardRead.objects.get().portrait
        monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(days=2))
        cards.forget_portraits()
        assert not CardRead.objects.exists()


def test_outside_a_sandbox_nobody_believes_its_cards(clerk: Client, somebody: Record, settings: Any) -> None:
    challenge = challenge_on(clerk.get(READER).content.decode())
    settings.MOTCUA_SANDBOX = False
    answer = hand_in(clerk, READER, chip_of(somebody.key).read(challenge).dump())
    assert "Chưa có chứng thư của cơ quan cấp giấy tờ nước VNM" in answer.content.decode()


def test_authorities_put_into_the_folder_are_believed_at_once(settings: Any, tmp_path: Any) -> None:
    from motcua.core.identity.contrib.sandbox_cards import vouched_for

    settings.MOTCUA_HOME, settings.MOTCUA_SANDBOX = str(tmp_path), False
    assert card_trust.trust() == CardTrust({})
    known = vouched_for(clock.now()).by_country["VNM"]
    folder = tmp_path / "trust" / "documents" / "VNM"
    folder.mkdir(parents=True)
    from cryptography.hazmat.primitives.serialization import Encoding

    (folder / "authority.cer").write_bytes(known.certificates[0].public_bytes(Encoding.DER))
    (folder / "signers.crl").write_bytes(known.revoked[0])
    assert card_trust.trust().by_country["VNM"].certificates == known.certificates
    (folder / "broken.pem").write_text("no certificate")
    with pytest.raises(ValueError, match=r"broken\.pem is no certificate"):
        card_trust.trust()


# From one's own phone


def enrolled(client: Client, who: str, mood: str = "good") -> Any:
    client.get(AFAR)
    return read(client, who, mood, AFAR)


def test_a_person_opens_an_account_with_the_phone_at_level_1_and_is_told(somebody: Record) -> None:
    client = Client()
    assert enrolled(client, somebody.key).headers["Location"] == f"{AFAR}mat-khau/"
    assert somebody.key in client.get(f"{AFAR}mat-khau/").content.decode()
    weak = client.post(f"{AFAR}mat-khau/", {"password1": "123", "password2": "123"})
    assert weak.status_code == 422
    done = client.post(f"{AFAR}mat-khau/", {"password1": PASSWORD, "password2": PASSWORD})
    assert done.status_code == 303
    assert client.get("/tai-khoan/").status_code == 200
    with acting(SYSTEM):
        party = Party.objects.get(personal_number=somebody.key)
        assert party.level == 1
        assert Session.objects.get(account__party=party).level == 1
        assert CardRead.objects.get(party=party).portrait == "", "nobody compares a face here"
        assert Message.objects.filter(party_id=party.pk, kind="account.opened_online").exists()
    assert client.get(f"{AFAR}mat-khau/").status_code == 302, "one reading opens one account"


@pytest.mark.parametrize("mood", ["torn", "changed", "copied", "revoked", "expired"])
def test_from_afar_too_a_bad_card_opens_nothing(somebody: Record, mood: str) -> None:
    client = Client()
    assert enrolled(client, somebody.key, mood).status_code == 400
    assert client.get(f"{AFAR}mat-khau/").headers["Location"] == AFAR


def test_the_answer_made_for_another_s_page_is_no_answer(somebody: Record) -> None:
    thief, victim = Client(), Client()
    challenge = challenge_on(victim.get(AFAR).content.decode())
    thief.get(AFAR)
    stolen = hand_in(thief, AFAR, chip_of(somebody.key).read(challenge).dump())
    assert stolen.status_code == 400
    assert "bản sao" in stolen.content.decode()


def test_whose_card_has_an_account_already_is_led_to_signing_in() -> None:
    answer = enrolled(Client(), number("duc"))
    assert answer.status_code == 409
    assert "đã có tài khoản" in answer.content.decode()


def test_children_and_foreigners_do_not_open_accounts_from_afar() -> None:
    assert enrolled(Client(), "marie").status_code == 403
    client = Client()
    young = child()
    assert enrolled(client, young.key).status_code == 303
    refused = client.post(f"{AFAR}mat-khau/", {"password1": PASSWORD, "password2": PASSWORD})
    assert refused.status_code == 403
    with acting(SYSTEM):
        assert not Account.objects.filter(username=young.key).exists()


def test_without_a_card_that_answers_the_page_tells_nothing_of_anybody(somebody: Record) -> None:
    said = []
    for who in (somebody.key, number("duc")):
        page = enrolled(Client(), who, "copied").content.decode()
        said.append(re.findall(r"govuk-error-message[^>]*>(.*?)</p>", page, re.DOTALL))
    assert said[0] == said[1] != []


def test_many_readings_from_one_address_are_slowed_down(somebody: Record) -> None:
    client = Client()
    pages = [enrolled(client, somebody.key, "torn").content.decode() for _ in range(11)]
    assert "quá nhiều lần" in pages[10]
    assert "quá nhiều lần" not in pages[0]


def test_two_who_press_at_once_open_one_account(somebody: Record) -> None:
    client = Client()
    enrolled(client, somebody.key)
    with acting(SYSTEM):
        taken = CardRead.objects.get()
        enrolment.open_from_afar(taken, PASSWORD)
        with pytest.raises((Conflict, UserError)):
            enrolment.open_from_afar(CardRead.objects.get(), PASSWORD)
        assert Account.objects.filter(username=somebody.key).count() == 1


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_pages_are_there_in_both_languages(clerk: Client, lang: str, somebody: Record) -> None:
    head = {"headers": {"Accept-Language": lang}}
    words = {"vi": "Mở tài khoản bằng thẻ căn cước", "en": "Open an account with your identity card"}
    assert words[lang] in Client().get(AFAR, **head).content.decode()  # type: ignore[arg-type]
    clerk.cookies["ngon_ngu"] = lang
    place = card_page(clerk, somebody.key)
    want = {"vi": "Nâng mức tài khoản", "en": "Open the account and print the code"}[lang]
    page = clerk.get(place).content.decode()
    assert (want if lang == "en" else "Mở tài khoản và in mã") in page


def test_a_broken_file_of_the_trust_folder_stops_reading_in_words(
    clerk: Client, somebody: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> CardTrust:
        raise ValueError("broken.pem is no certificate")

    monkeypatch.setattr(card_trust, "trust", broken)
    answer = read(clerk, somebody.key)
    assert answer.status_code == 503
    assert "Báo quản trị viên" in answer.content.decode()
