"""Other members' signatures: profiles rebuilt from their certificates, batches checked, each with its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from motcua.gateway.batches import Batch, top_of_batch
from motcua.gateway.faults import at_provider
from motcua.gateway.seals import Profile, SealError, certificates_of, der_of, profile_of
from motcua.gateway.trust import Untrusted, check_certificate

if TYPE_CHECKING:
    from motcua.gateway.directory import Directory

_KEPT = 512


@dataclass(slots=True)
class _Known:
    member: str
    profile: Profile
    ocsps: Sequence[bytes]
    until: float
    version: int


class Signers:
    """All profiles that other gateways told."""

    def __init__(self, directory: Callable[[], Directory], clock: Callable[[], float], skew_s: float) -> None:
        self._directory = directory
        self._clock = clock
        self._skew_s = skew_s
        self._known: dict[int, _Known] = {}

    def take(self, key: int, certificates: Sequence[bytes], ocsps: Sequence[bytes]) -> tuple[str, Profile]:
        """(member, profile). Raises SealError when the certificate is no member's or the key is another's."""
        known = self._known.get(key)
        if known is not None:
            return known.member, known.profile
        read = certificates_of(certificates)
        member = self._directory().signers.get(sha256(der_of(read[0])).hexdigest(), "")
        profile = profile_of(read[0], read[1:], ocsps)
        if profile.key != key:
            raise SealError("a profile that this gateway makes otherwise: update the older of the two")
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[key] = _Known(member, profile, ocsps, 0.0, -1)
        return member, profile

    def check(self, profile: Profile, batch: Batch) -> bytes:
        """The top of the batch's chain. Raises Fault unless the batch is signed, now, by whom the exchange trusts."""
        now = self._clock()
        if abs(batch.at - now) > self._skew_s:
            raise at_provider(
                "ClockSkew",
                f"signed at {_moment(batch.at)}, and here it is {_moment(now)}: set the clocks of both gateways",
            )
        self._check_standing(profile, now)
        top = top_of_batch(batch.messages)
        try:
            profile.check(top, batch.at, batch.value)
        except SealError as error:
            raise at_provider("InvalidSignatureValue", f"the signature does not hold: {error}") from error
        return top

    def _check_standing(self, profile: Profile, now: float) -> None:
        directory = self._directory()
        known = self._known.get(profile.key)
        if known is None:  # forgotten to make room: judged anew, without its OCSP responses
            known = _Known("", profile, (), 0.0, -1)
        if known.until > now and known.version == directory.configuration.version:
            return
        mark = sha256(der_of(profile.certificate)).hexdigest()
        if directory.signers.get(mark) is None:
            raise at_provider("CertValidation", "the signer's certificate is not one of a member's")
        try:
            until = check_certificate(
                profile.certificate, known.ocsps, directory, dt.datetime.fromtimestamp(now, dt.UTC)
            )
        except Untrusted as error:
            raise at_provider("CertValidation", str(error)) from error
        known.until, known.version = until.timestamp(), directory.configuration.version


def _moment(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
