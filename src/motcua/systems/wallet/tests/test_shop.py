"""A shop asks a customer for an age: by its registered name, and for nothing more than a yes or a no."""

from __future__ import annotations

import pytest
from django.test import Client

from conftest import ScopedClient
from motcua.core.documents.models import Document
from motcua.core.identity.actions import account_of_organisation
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.tests.conftest import CHAIR, KHANH
from motcua.systems.wallet.tests.test_pages import of, text_of

pytestmark = pytest.mark.django_db
PAGE = "/vi-so/kiem-tra-tuoi/"


def shop(number: str = "0100109106") -> Client:
    """A client that is signed in for a company."""
    client = ScopedClient()
    with acting(SYSTEM):
        account = account_of_organisation(SYSTEM, number, name=f"Cửa hàng {number}", source="thử")
        sign_in(client, account)
    return client


def asked(client: Client, kind: str = "over_18") -> str:
    """The page of a question that the shop put."""
    answer = client.post(PAGE, {"kind": kind, "purpose": "Bán rượu, bia"})
    assert answer.status_code == 303, text_of(answer)
    return str(answer["Location"])


def test_a_customer_proves_their_age_and_stays_unnamed(extract: Document) -> None:
    cashier, customer = shop(), of(KHANH)
    page = asked(cashier)
    assert "quét mã" in text_of(cashier.get(page))
    agree = page.replace(PAGE, "/vi-so/dong-y/")
    told = text_of(customer.get(agree))
    with acting(SYSTEM):
        name = Question.objects.get().client_name
    assert name
    assert name in told
    assert "không phải cơ quan nhà nước" in told
    customer.post(agree, {"document": str(extract.uuid)})
    seen = text_of(cashier.get(page))
    assert "Đã chứng minh" in seen
    assert "KHÁNH" not in seen.upper()
    with acting(SYSTEM):
        assert Question.objects.get().proven[0]["claims"] == {"age_equal_or_over": {"18": True}}


@pytest.mark.parametrize("kind", ["personal_number", "commune", "name_and_birthdate", "pensioner"])
def test_what_names_a_person_is_asked_by_the_state_alone(extract: Document, kind: str) -> None:
    cashier = shop()
    assert f'value="{kind}"' not in cashier.get(PAGE).content.decode()
    answer = cashier.post(PAGE, {"kind": kind, "purpose": "Bán hàng"})
    assert answer.status_code == 422
    assert "chỉ cơ quan nhà nước" in text_of(answer)
    with acting(SYSTEM):
        assert not Question.objects.exists()


def test_a_shop_says_what_for_and_keeps_what_it_chose(db: None) -> None:
    answer = shop().post(PAGE, {"kind": "over_18", "purpose": " "})
    assert answer.status_code == 422
    assert 'value="over_18" checked' in answer.content.decode()


def test_a_person_alone_is_told_how_to_come_for_an_organisation(db: None) -> None:
    anyone = of(KHANH)
    assert "dành cho doanh nghiệp" in text_of(anyone.get(PAGE))
    assert anyone.post(PAGE, {"kind": "over_18", "purpose": "Tò mò"}).status_code == 403
    with acting(SYSTEM):
        assert not Question.objects.exists()


def test_another_shop_sees_nothing_of_it(extract: Document) -> None:
    page = asked(shop())
    assert shop("0314409058").get(page).status_code == 404
    assert of(KHANH).get(page).status_code == 404
    assert of(CHAIR).get(page.replace(PAGE, "/vi-so/ban/")).status_code == 404
