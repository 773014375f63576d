"""`motcua keys`, as an operator calls it while the site runs."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from motcua.cli.keys import keys
from motcua.core import clock
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.sealing import keyring, rotation
from motcua.core.sealing.models import DataKey

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+84912000111"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(keys, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def move_on(monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + rotation.RESTS
    monkeypatch.setattr(clock, "now", lambda: later)


def phone_of(party: Party) -> str:
    keyring.forget()
    with acting(SYSTEM):
        return str(Party.objects.get(pk=party.pk).phone)


def test_new_keys_are_given_to_all_and_the_old_ones_go_once_nobody_uses_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    while "Run this again" in run("rotate"):  # another test may have begun one: keys outlive what it undid
        move_on(monkeypatch)
    with acting(SYSTEM):
        party = Party.objects.create(name="Trần Thử", phone=PHONE)
    old = keyring.key_for("identity_party").id

    told = run("rotate")
    assert re.search(r"[1-9]\d* rows sealed anew, 0 empty keys removed", told)
    assert re.search(r"Run this again after \d\d:\d\d", told)
    assert phone_of(party) == PHONE

    move_on(monkeypatch)
    told = run("rotate")
    assert "Run this again" not in told
    assert not DataKey.objects.filter(pk=old).exists()
    assert phone_of(party) == PHONE
