"""Authorities of later years, for tests that simulate decades."""

from __future__ import annotations

import datetime as dt

from motcua.engines.pki import Authority, KeyKind, TimeStampAuthority, generate_key, sign_with
from motcua.engines.pki.tests.house import addresses
from motcua.engines.trust_lists import AlgorithmPolicy, Evidence, read_policy

DAY = dt.timedelta(days=1)


class Stamping:
    """A time-stamping authority of a later year, with RSA-3072 and under a root of its own."""

    def __init__(self, year: int) -> None:
        self.now = dt.datetime(year, 3, 1, tzinfo=dt.UTC)
        start = self.now - 30 * DAY
        self.root = Authority.root(
            f"Root {year}", generate_key(KeyKind.RSA3072), addresses("root"), start=start
        )
        key = generate_key(KeyKind.RSA3072)
        certificate = self.root.issue_time_stamping("TSA", key.public_key(), start=start, years=10)
        authority = TimeStampAuthority(certificate, (), lambda data: sign_with(key, data), lambda: self.now)
        self.stamp = authority.stamp

    def evidence(self, at: dt.datetime) -> Evidence:
        """What proves its certificate at a later moment."""
        listed = self.root.crl((), number=1, now=at, next_update=at + DAY)
        return Evidence((self.root.certificate,), (), (listed,))


def retiring_p256() -> AlgorithmPolicy:
    """As if P-256 were broken in 2036."""
    return read_policy(
        {
            "digests": [{"name": "sha256", "source": "a test"}],
            "keys": [
                {"kind": "ec", "bits": 256, "until": dt.date(2035, 12, 31), "source": "a test"},
                {"kind": "rsa", "bits": 3072, "source": "a test"},
            ],
        }
    )
