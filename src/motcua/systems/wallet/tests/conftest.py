"""What the wallet's tests begin with: services in force, an extract in the vault of Dương Quốc Khánh."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from motcua.core.documents.models import Document
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.wallet import offers
from motcua.systems.wallet.testing import Phone, extract_of

SITE = str(settings.MOTCUA_SITE)
KHANH, LAN_ANH, CHAIR = "019201006789", "019195001234", "h55.237.chair"
SERVICES = Path(settings.PACKAGE).parents[1] / "services"


@pytest.fixture
def extract(db: None) -> Document:
    with acting(SYSTEM):
        return extract_of("khanh")


@pytest.fixture
def phone(client: Client) -> Phone:
    return Phone(client)


@pytest.fixture
def loaded(extract: Document, phone: Phone) -> Phone:
    """A phone that holds the extract's credential."""
    with acting(SYSTEM):
        offer, tx_code = offers.make(SYSTEM, extract, Party.objects.get(personal_number=KHANH))
        link = offers.link(offer)
    token = phone.token(link, tx_code).json()["access_token"]
    assert phone.ask_for(token, [phone.proof(phone.nonce(), SITE)]).status_code == 200
    return phone
