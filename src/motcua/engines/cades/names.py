"""Object identifiers of CAdES, and attributes read without a table of their types."""

from __future__ import annotations

from asn1crypto import algos, core

ARCHIVE_TIME_STAMP_V3 = "0.4.0.1733.2.4"
ATS_HASH_INDEX = "0.4.0.1733.2.5"
"""The form before 2016: digests of whole attributes, SHA-256 where nothing is said."""
ATS_HASH_INDEX_V3 = "0.4.0.19122.1.5"
SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"
OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"


class AnyValues(core.SetOf):  # type: ignore[misc]
    _child_spec = core.Any


class AnyAttribute(core.Sequence):  # type: ignore[misc]
    """An attribute of any type, its values as they stand."""

    _fields = [("type", core.ObjectIdentifier), ("values", AnyValues)]


class Digests(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class HashIndex(core.Sequence):  # type: ignore[misc]
    """ATSHashIndexV3 (EN 319 122-1 section 5.5.2), and ATSHashIndex of ETSI TS 101 733 before it."""

    _fields = [
        ("algorithm", algos.DigestAlgorithm, {"default": {"algorithm": "sha256"}}),
        ("certificates", Digests),
        ("crls", Digests),
        ("unsigned_attributes", Digests),
    ]
