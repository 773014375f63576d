"""Accounts of the demonstration: the people known by name, and the officers of the units it plays in."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import yaml
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password

from motcua.core.identity.actions import open_account, open_officer_account, party_from_register
from motcua.core.identity.demo import PASSWORD, demo_secret
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.organisations.models import Officer
from motcua.core.registers import data as registers

PURPOSE = "Mở tài khoản trình diễn"
UNITS = ("h55.237.", "h05.200.", "h55.01.", "h05.01.", "h55.staff-", "h05.staff-")
"""Officers' codes begin so: two communes that work together, the editors of services of their provinces, and those
who keep the staff there."""


def load(progress: Callable[[str], None] = lambda _: None) -> None:
    """Open the demonstration's accounts, in a sandbox only; safe to repeat."""
    if not settings.MOTCUA_SANDBOX:
        return
    known = set(Account.objects.values_list("username", flat=True))
    numbers = [number for number in demo_numbers() if number not in known]
    password = make_password(PASSWORD)  # once for all: it is slow by design, and this one everybody knows
    for number in numbers:
        party = party_from_register(SYSTEM, number, purpose=PURPOSE, kind="eid")
        _give_keys(open_account(SYSTEM, party, None), password)
    officers = [
        officer
        for prefix in UNITS
        for officer in Officer.objects.filter(code__startswith=prefix).order_by("code")
        if officer.code not in known
    ]
    for officer in officers:
        _give_keys(open_officer_account(SYSTEM, officer, None), password)
    if numbers or officers:
        progress(f"tài khoản trình diễn: {len(numbers)} người dân, {len(officers)} cán bộ")


def demo_numbers() -> list[str]:
    """Personal numbers of the people whom the demonstration knows by name."""
    file = resources.files(registers).joinpath("demo_people.yaml")
    people = yaml.safe_load(file.read_text(encoding="utf-8"))["people"]
    return [person["number"] for person in people.values()]


def _give_keys(account: Account, password: str) -> None:
    """The demonstration's password, as it is stored, and the account's second factor."""
    account.password = password
    account.save(update_fields=["password"])
    secret = get_adapter().encrypt(demo_secret(account.username))
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": secret})
