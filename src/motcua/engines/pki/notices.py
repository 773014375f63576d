"""What a root tells the world outside its certificates: a notice, signed (CMS, detached) by a key made for it alone.

A root's own key signs certificates and lists only (its key usage says so). It certifies a key that lives for the
length of one signature: whoever trusts the root then believes the notice, and nobody can sign another by that key.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

from motcua.engines.pki.authority import Authority, Seal
from motcua.engines.pki.cms import algorithm_of, der_of, frame_for
from motcua.engines.pki.keys import generate_key, sign_with


def sign_notice(root: Authority, notice: bytes, holder: Seal, now: dt.datetime) -> bytes:
    """The detached signature (DER, CAdES B-B) over `notice`; its certificate lasts as long as the root."""
    key = generate_key()
    end = root.certificate.not_valid_after_utc
    certificate = root.issue_seal(holder, key.public_key(), start=now, end=end)
    frame = frame_for(der_of(certificate))
    attributes = frame.attributes(sha256(notice).digest(), at=now)
    return frame.message(attributes, sign_with(key, attributes, algorithm_of(certificate)))
