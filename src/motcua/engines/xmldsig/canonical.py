"""Canonical XML 1.0 and 1.1 and Exclusive XML Canonicalization, on libxml2."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from motcua.engines.xmldsig.algorithms import CanonicalForm
from motcua.engines.xmldsig.faults import Fault, XmlSignatureError

_XML = "{http://www.w3.org/XML/1998/namespace}"


def canonical(
    part: etree._Element | etree._ElementTree, form: CanonicalForm, prefixes: Sequence[str] = ()
) -> bytes:
    """The canonical bytes of an element with all below it, or of a whole document (a tree).

    `prefixes` are those that exclusive canonicalisation treats inclusively. Raises XmlSignatureError for relative
    names of namespaces, which have no canonical form (Canonical XML 1.0, 1.3), and where an inclusive form would
    draw `xml:` attributes from above: libxml2 does not do that, and 1.0 and 1.1 disagree about it.
    """
    if isinstance(part, etree._Element) and not form.exclusive:
        for above in part.iterancestors():
            if any(str(name).startswith(_XML) for name in above.attrib):
                raise XmlSignatureError(
                    Fault.FORBIDDEN, "xml: attributes above a signed part need exclusive canonicalisation"
                )
    try:
        return etree.tostring(
            part,
            method="c14n",
            exclusive=form.exclusive,
            with_comments=form.with_comments,
            inclusive_ns_prefixes=list(prefixes) or None,
        )
    except etree.C14NError:
        raise XmlSignatureError(
            Fault.MALFORMED, "it has no canonical form: a namespace is not an absolute address"
        ) from None
