"""What can be wrong with a signature in XML, in words that other engines and pages pass on."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why XML or a signature in it is refused."""

    NOT_XML = "not_xml"
    FORBIDDEN = "forbidden"
    """document types, entities, unknown encodings, transforms beyond the list: never processed"""
    TOO_LARGE = "too_large"
    NO_SIGNATURE = "no_signature"
    MALFORMED = "malformed"
    AMBIGUOUS = "ambiguous"
    """an id that occurs twice, or a signature that covers something else than what was asked for"""
    MISSING = "missing"
    """what a reference names is not there"""
    ALTERED = "altered"
    """a digest differs: what was signed was changed"""
    FORGED = "forged"
    """the signature value does not fit the key"""
    NO_CERTIFICATE = "no_certificate"


class XmlSignatureError(ValueError):
    """A signature that does not hold; `fault` says why, the message what and where."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
