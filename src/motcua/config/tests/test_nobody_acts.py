"""A test that looks where row security shows nothing is told so, instead of seeing nothing."""

from __future__ import annotations

import pytest

from motcua.config.testing import NobodyActs
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_look_outside_of_a_transaction_is_refused_by_name() -> None:
    with pytest.raises(NobodyActs, match=r"identity_party is looked at .* put `with acting"):
        Party.objects.exists()
    with acting(SYSTEM):
        assert Party.objects.exists()


def test_what_is_everybody_s_to_read_is_read_by_nobody_too() -> None:
    Service.objects.exists()
