"""An account opened at the counter, entered by the code on paper, locked, recovered by two officers, closed."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client

from motcua.core import clock
from motcua.core.identity import accounts, mandates
from motcua.core.identity.models import Account, FirstKey, Mandate, Party, Session
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.registers import actions as registers
from motcua.core.registers.models import Record
from tests.people import number

pytestmark = pytest.mark.django_db
COUNTER, CODE_PAGE, FIRST = "/mot-cua/tai-khoan/", "/mot-cua/tai-khoan/ma/", "/dang-nhap/lan-dau/"
PASSWORD = "bưởi-diễn-ngọt-2026"


def somebody(*, from_age: int, to_age: int) -> Record:
    """Somebody of that age in the population database, without an account."""
    with acting(SYSTEM):
        known = set(Party.objects.exclude(number_index=None).values_list("personal_number", flat=True))
        for record in Record.objects.filter(register_id="population", superseded_at=None).order_by("id"):
            age = (clock.today() - dt.date.fromisoformat(record.facts["born"])).days / 365.25
            if from_age <= age < to_age and record.key not in known and not record.facts.get("dead_on"):
                return record
    raise AssertionError("the sample holds people of every age")


def card_of(record: Record, name: str | None = None) -> str:
    born = dt.date.fromisoformat(record.facts["born"])
    return f"{record.key}||{name or record.facts['name']}|{born:%d%m%Y}|{record.facts['sex']}|Thái Nguyên|01012022"


def code_for(clerk: Client, who: str, evidence: str = "card_seen") -> str:
    page = clerk.post(CODE_PAGE, {"number": who, "evidence": evidence})
    found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", page.content.decode())
    assert page.status_code == 200, page.content.decode()[:500]
    assert found is not None
    return found[0]


def enter(client: Client, who: str, code: str, password: str = PASSWORD) -> int:
    typed = {"number": who, "code": code, "password1": password, "password2": password}
    return int(client.post(FIRST, typed).status_code)


def is_in(client: Client) -> bool:
    return bool(client.get("/tai-khoan/").status_code == 200)


def test_the_clerk_compares_the_card_opens_the_account_and_the_person_enters_by_the_code(
    clerk: Client,
) -> None:
    record = somebody(from_age=20, to_age=60)
    page = clerk.post(COUNTER, {"who": card_of(record)}).content.decode()
    assert "Thẻ khớp cơ sở dữ liệu" in page
    person = Client()
    code = code_for(clerk, record.key)
    assert enter(person, record.key, code.lower()) == 303
    assert is_in(person)
    with acting(SYSTEM):
        account = Account.objects.get(username=record.key)
        assert Session.objects.filter(account=account).latest("created_at").level == 1
    assert enter(Client(), record.key, code) == 422, "a code works once"


def test_a_card_that_says_otherwise_than_the_register_is_pointed_out(clerk: Client) -> None:
    record = somebody(from_age=20, to_age=60)
    page = clerk.post(COUNTER, {"who": card_of(record, "Tên Khác")}).content.decode()
    assert "Thẻ ghi khác cơ sở dữ liệu: Họ tên" in page
    six = card_of(record).rpartition("|")[0]
    more = card_of(record) + "|Cha|Mẹ"
    for text in (six, more):
        assert clerk.post(COUNTER, {"who": text}).status_code == 200


def test_a_child_below_14_is_acted_for_and_has_no_account(clerk: Client) -> None:
    child = somebody(from_age=7, to_age=13)
    page = clerk.post(COUNTER, {"who": child.key}).content.decode()
    assert "cha, mẹ hoặc người giám hộ làm thay" in page
    assert clerk.post(CODE_PAGE, {"number": child.key, "evidence": "card_seen"}).status_code == 403
    with acting(SYSTEM):
        assert not Account.objects.filter(username=child.key).exists()


def test_without_evidence_no_account_is_opened(clerk: Client) -> None:
    record = somebody(from_age=20, to_age=60)
    for evidence in ("", "declared", "witness", "chip_read"):
        assert clerk.post(CODE_PAGE, {"number": record.key, "evidence": evidence}).status_code == 400


def test_a_citizen_opens_none_of_these_doors() -> None:
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number("duc"))
    assert client.get(COUNTER).status_code == 403
    assert client.post(CODE_PAGE, {"number": number("suu"), "evidence": "card_seen"}).status_code == 403


def test_recovery_waits_a_day_or_for_a_second_officer_who_is_not_the_first(clerk: Client) -> None:
    code = code_for(clerk, number("suu"))
    assert enter(Client(), number("suu"), code) == 422, "it waits"
    with acting(SYSTEM):
        key = FirstKey.objects.latest("id")
    assert clerk.post(f"/mot-cua/tai-khoan/xac-nhan/{key.uuid}/").status_code == 400, "not by oneself"
    second = Actor(
        ActorKind.OFFICER, "Người thứ hai", officer_id=key.issued_by + 1, agency_id=key.agency_id,
        unit_ids=(key.agency_id,), groups=frozenset({"one_stop"}),
    )  # fmt: skip
    with acting(SYSTEM):
        accounts.approve_recovery(second, key)
    thief = Client()
    with acting(SYSTEM):
        sign_in(thief, number("suu"))
    assert enter(Client(), number("suu"), code) == 303
    assert not is_in(thief), "recovery signs everybody else out"
    with acting(SYSTEM):
        suu = Party.objects.get(personal_number=number("suu"))
        told = Message.objects.filter(party_id=suu.pk, kind="account.recovered")
        assert told.count() == 1


def test_time_makes_a_recovery_code_good_and_then_worthless(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_for(clerk, number("suu"))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(hours=97))
    assert enter(Client(), number("suu"), code) == 422
    monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(hours=25))
    assert enter(Client(), number("suu"), code) == 303


def test_five_wrong_codes_spend_the_right_one(clerk: Client) -> None:
    record = somebody(from_age=20, to_age=60)
    code = code_for(clerk, record.key)
    for _ in range(5):
        assert enter(Client(), record.key, "AAAA-AAAA-AAAA") == 422
    assert enter(Client(), record.key, code) == 422


def test_an_unknown_number_is_answered_in_the_same_words_and_work(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = somebody(from_age=20, to_age=60)
    code_for(clerk, record.key)
    accounts._of_nobody()
    hasher = hashers.get_hasher()
    works: list[str] = []
    real = type(hasher).verify

    def verify(self: Any, *told: Any) -> bool:
        works.append("1")
        return bool(real(self, *told))

    monkeypatch.setattr(type(hasher), "verify", verify)
    said, worked = [], []
    for who in (record.key, "019095999999"):
        works.clear()
        page = Client().post(
            FIRST, {"number": who, "code": "AAAA-AAAA-AAAA", "password1": "x", "password2": "x"}
        )
        said.append(page.content.decode().replace(who, ""))
        worked.append(len(works))
    assert worked == [1, 1]
    tokens = r'name="csrfmiddlewaretoken" value="[^"]+"'
    assert re.sub(tokens, "", said[0]) == re.sub(tokens, "", said[1])


def test_many_tries_from_one_address_are_slowed_down() -> None:
    typed = {"number": "019095999999", "code": "A", "password1": "x", "password2": "x"}
    pages = [Client().post(FIRST, typed).content.decode() for _ in range(11)]
    assert "quá nhiều lần" in pages[10]
    assert "quá nhiều lần" not in pages[0]


def test_the_holder_locks_and_only_the_desk_unlocks(clerk: Client) -> None:
    holder, elsewhere = Client(), Client()
    with acting(SYSTEM):
        sign_in(holder, number("huong"))
        account = sign_in(elsewhere, number("huong"))
    assert holder.post("/tai-khoan/khoa/").status_code == 303
    assert not is_in(holder)
    assert not is_in(elsewhere)
    turned = f"/mot-cua/tai-khoan/{account.uuid}"
    assert clerk.post(f"{turned}/unlock/", {"reason": ""}).status_code == 400, "a reason is needed"
    assert clerk.post(f"{turned}/unlock/", {"reason": "Đã gặp, đã đọc chip"}).status_code == 303
    with acting(SYSTEM):
        account.refresh_from_db()
        kinds = [turn.kind for turn in account.turns.order_by("id")]
        told = set(Message.objects.filter(party_id=account.party_id).values_list("kind", flat=True))
    assert account.is_active
    assert kinds == ["locked", "unlocked"]
    assert {"account.locked", "account.unlocked"} <= told


def test_a_closed_account_is_not_opened_again(clerk: Client) -> None:
    with acting(SYSTEM):
        account = Account.objects.get(username=number("huong"))
    turned = f"/mot-cua/tai-khoan/{account.uuid}"
    assert clerk.post(f"{turned}/close/", {"reason": "Theo đơn của chủ tài khoản"}).status_code == 303
    assert clerk.post(f"{turned}/unlock/", {"reason": "nhầm"}).status_code == 409


def test_a_death_in_the_register_closes_the_account_and_ends_mandates() -> None:
    client = Client()
    with acting(SYSTEM):
        account = sign_in(client, number("suu"))
        assert account.party is not None
        son = Party.objects.get(personal_number=number("duc"))
        mandates.give(SYSTEM, principal=account.party, representative=son, kind="proxy", evidence="giấy")
        died = {"dead_on": clock.today().isoformat()}
        registers.write(SYSTEM, "population", number("suu"), died, told_by="civil_status")
        assert accounts.close_of_all_the_dead() == 0, "it is closed already"
        account.refresh_from_db()
        assert not Mandate.objects.filter(principal=account.party, revoked_at=None).exists()
    assert not account.is_active
    assert not is_in(client)


def test_no_code_password_or_secret_stands_in_logs_ledger_or_rows(
    clerk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    record = somebody(from_age=20, to_age=60)
    with caplog.at_level(logging.DEBUG):
        code = code_for(clerk, record.key)
        person = Client()
        enter(person, record.key, "AAAA-BBBB-CCCC", "bí-mật-thứ-nhất")
        enter(person, record.key, code)
        person.post("/dang-nhap/", {"login": record.key, "password": "bí-mật-thứ-hai"})
    with acting(SYSTEM):
        ledger = " ".join(str(event.data) for event in Event.objects.all())
        rows = " ".join(str(row) for row in FirstKey.objects.values_list("digest", flat=True))
    for secret in (code, code.replace("-", ""), PASSWORD, "bí-mật-thứ-nhất", "bí-mật-thứ-hai"):
        assert secret not in ledger
        assert secret not in rows
        assert secret not in caplog.text
