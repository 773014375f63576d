"""The demonstration's accounts are public: whoever reads this knows the password and the second factor of each.

They exist in a sandbox installation only (`data.load`), where people, cases and money are made up.
"""

from __future__ import annotations

import base64
import hashlib
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

PASSWORD = "Motcua@2026"
PERIOD = 30  # seconds, RFC 6238 section 4.1


def demo_secret(username: str) -> str:
    """The TOTP secret of a demonstration account, base32 (RFC 6238), the same in every sandbox."""
    return base64.b32encode(hashlib.sha1(f"motcua demo {username}".encode()).digest()).decode("ascii")


def demo_code(username: str, *, at: float | None = None) -> str:
    """The six digits that a demonstration account's authenticator shows at `at` (seconds, default now).

    A code is accepted once: sign in twice within half a minute, and the second must wait for the next code.
    """
    moment = time.time() if at is None else at
    return str(format_hotp_value(hotp_value(demo_secret(username), int(moment) // PERIOD)))
