"""What is this file? By its first bytes, never by its name."""

from __future__ import annotations

import re

from motcua.core.documents.checking.findings import Form

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(~[A-Za-z0-9_.-]*)*\s*")
_SEQUENCE = b"\x30"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_LONGEST_CREDENTIAL = 512 * 1024
_MARKS_OF_PEM = (b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----")


def form_of(content: bytes) -> Form:
    """The form in which a file is signed, or unknown."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in content[:1024]:
        return Form.PDF
    if head.startswith(b"PK\x03\x04"):
        return Form.CONTAINER
    if head.startswith(b"<"):
        return Form.XML
    if head.startswith(b"{"):
        return Form.LOG_EXPORT if b"motcua-log-export" in content[:200] else Form.LOG_PROOF
    is_der = content.startswith(_SEQUENCE) and _SIGNED_DATA in content[:32]
    if is_der or head.startswith(_MARKS_OF_PEM):
        return Form.DETACHED
    if head.startswith(b"ey") and len(content) < _LONGEST_CREDENTIAL and _COMPACT.fullmatch(content.strip()):
        return Form.CREDENTIAL
    return Form.UNKNOWN
