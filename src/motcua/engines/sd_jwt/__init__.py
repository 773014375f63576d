"""Credentials of which the holder shows only what is needed: SD-JWT (RFC 9901), SD-JWT VC, token status lists.

`issue` makes one, `present` leaves disclosures out, `bind` proves who holds it, `verify` judges what arrives.
"""

from motcua.engines.sd_jwt.binding import Binding, bind
from motcua.engines.sd_jwt.disclosures import Disclosure, Path
from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.issuing import FIXED_CLAIMS, issue
from motcua.engines.sd_jwt.presenting import claims_of, present
from motcua.engines.sd_jwt.signed import ALGORITHMS, Key, import_key, read_unverified, sign
from motcua.engines.sd_jwt.status_list import INVALID, SUSPENDED, VALID, StatusList, StatusToken, reference
from motcua.engines.sd_jwt.status_list import read as read_status_token
from motcua.engines.sd_jwt.status_list import token as status_token
from motcua.engines.sd_jwt.type_metadata import ClaimMetadata, type_metadata
from motcua.engines.sd_jwt.verifying import CREDENTIAL_TYPES, Verified, verify

__all__ = [
    "ALGORITHMS",
    "CREDENTIAL_TYPES",
    "FIXED_CLAIMS",
    "INVALID",
    "SUSPENDED",
    "VALID",
    "Binding",
    "ClaimMetadata",
    "Disclosure",
    "Key",
    "Path",
    "SdJwtError",
    "StatusList",
    "StatusToken",
    "Verified",
    "bind",
    "claims_of",
    "import_key",
    "issue",
    "present",
    "read_status_token",
    "read_unverified",
    "reference",
    "sign",
    "status_token",
    "type_metadata",
    "verify",
]
