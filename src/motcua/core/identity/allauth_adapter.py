"""How accounts sign in: allauth does the work, these are the house's rules."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are opened at the counter or from an identity source, never by filling in a form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
