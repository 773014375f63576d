"""The bytes that time-stamps in XAdES are over (ETSI EN 319 132-1 sections 5.3 and 5.5.2)."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from motcua.engines.xades.names import xades
from motcua.engines.xmldsig import DS, CanonicalForm, SignedPart, canonical
from motcua.engines.xmldsig.checking import only_child

ARCHIVE = "{http://uri.etsi.org/01903/v1.4.1#}ArchiveTimeStamp"


def value_imprint(signature: etree._Element, form: CanonicalForm) -> bytes:
    """What a signature time-stamp is over: the signature value's element."""
    return canonical(only_child(signature, "SignatureValue"), form)


def archive_imprint(
    signature: etree._Element,
    parts: Sequence[SignedPart],
    form: CanonicalForm,
    before: etree._Element | None = None,
) -> bytes:
    """What an archive time-stamp is over: all that is signed, the signature, and every unsigned property
    `before` it (all there are, for one that is yet to be added)."""
    pieces = [part.content for part in parts]
    pieces += [canonical(only_child(signature, name), form) for name in ("SignedInfo", "SignatureValue")]
    pieces += [canonical(each, form) for each in signature.findall(f"{{{DS}}}KeyInfo")]
    properties = unsigned_properties(signature)
    for each in properties if properties is not None else ():
        if each is before:
            break
        pieces.append(canonical(each, form))
    for each in signature.findall(f"{{{DS}}}Object"):
        if each.find(xades("QualifyingProperties")) is None:
            pieces.append(canonical(each, form))
    return b"".join(pieces)


def qualifying_properties(signature: etree._Element) -> etree._Element | None:
    """The one QualifyingProperties of this signature."""
    return signature.find(f"{{{DS}}}Object/{xades('QualifyingProperties')}")


def unsigned_properties(signature: etree._Element) -> etree._Element | None:
    """UnsignedSignatureProperties, if there are any."""
    properties = qualifying_properties(signature)
    if properties is None:
        return None
    return properties.find(f"{xades('UnsignedProperties')}/{xades('UnsignedSignatureProperties')}")
