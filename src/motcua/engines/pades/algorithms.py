"""The table of retired algorithms as pyHanko asks it."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import datetime as dt

from asn1crypto.algos import DigestAlgorithm, SignedDigestAlgorithm
from asn1crypto.keys import PublicKeyInfo
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy

from motcua.engines.trust_lists import AlgorithmPolicy
from motcua.engines.trust_lists.algorithms import AlgorithmRule


class RetiredAlgorithms(AlgorithmUsagePolicy):
    """Judges every algorithm as of the time of asking, and says until when it was acceptable.

    PyHanko then looks for a time-stamp that protected it before. The moment that it asks about is not
    taken: at an earlier one a retired algorithm would pass unprotected.
    """

    def __init__(self, policy: AlgorithmPolicy, now: dt.datetime) -> None:
        self._policy = policy
        self._now = now

    def digest_algorithm_allowed(
        self, algo: DigestAlgorithm, moment: dt.datetime | None
    ) -> AlgorithmUsageConstraint:
        name = algo["algorithm"].native
        return self._constraint(name, self._policy.digest_rule(name))

    def signature_algorithm_allowed(
        self, algo: SignedDigestAlgorithm, moment: dt.datetime | None, public_key: PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """The digest where the algorithm names one (else the message's own is asked about), and the key."""
        try:
            digest = self._constraint(algo.hash_algo, self._policy.digest_rule(algo.hash_algo))
        except ValueError:
            digest = AlgorithmUsageConstraint(allowed=True)
        if not digest or public_key is None:
            return digest
        kind = {"rsassa_pss": "rsa"}.get(public_key.algorithm, public_key.algorithm)
        return self._constraint(
            f"{kind} of {public_key.bit_size} bits", self._policy.key_rule(kind, public_key.bit_size)
        )

    def _constraint(self, name: str, rule: AlgorithmRule | None) -> AlgorithmUsageConstraint:
        if rule is None:
            return AlgorithmUsageConstraint(allowed=False, failure_reason=f"{name} is not accepted")
        if rule.allows(self._now) or rule.until is None:
            return AlgorithmUsageConstraint(allowed=True)
        end = dt.datetime.combine(rule.until, dt.time(23, 59, 59), dt.UTC)
        return AlgorithmUsageConstraint(
            allowed=False,
            not_allowed_after=end,
            failure_reason=f"{name} was retired on {rule.until:%d/%m/%Y}",
        )
