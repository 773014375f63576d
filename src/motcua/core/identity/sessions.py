"""Sessions in our own table: the account, the mandate and the assurance level stand in columns beside the data."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.http import HttpResponse

from motcua.core.identity.models import Session

LEVEL = "level"
MANDATE = "mandate"
AGENCY = "agency"
EID_SUBJECT = "eid_subject"
EID_SESSION = "eid_session"
SOURCE = "identity_source"
"""Where the sign-in was made, and the id_token by which it is ended there."""
LEAVE = "leave_there"
companions: dict[str, str] = {}
"""Other cookies that mean something only during a session, by their paths; they go when the person signs out."""


def forget_companions(response: HttpResponse) -> None:
    for name, path in companions.items():
        response.delete_cookie(name, path=path)


class SessionStore(DatabaseStore):
    """What a session remembers. The middleware may hand it the row it has read already."""

    @classmethod
    def get_model_class(cls) -> type[AbstractBaseSession]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        account = data.get("_auth_user_id")
        row.account_id = int(account) if account is not None else None
        row.level = int(data.get(LEVEL, 0))
        row.mandate_id = data.get(MANDATE)
        row.agency_id = data.get(AGENCY)
        row.address = str(data.get("address", ""))
        row.device = str(data.get("device", ""))
        row.eid_subject = str(data.get(EID_SUBJECT, ""))
        row.eid_session = str(data.get(EID_SESSION, ""))
        return row

    def remember(self, stored: str) -> None:
        """Take the stored data as read, so that no second statement reads it again."""
        self._session_cache = self.decode(stored)
