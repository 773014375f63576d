"""Writing signatures as strings that are canonical already: no tree is built to sign."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from motcua.engines.xmldsig.algorithms import CanonicalForm, DigestMethod, Signer
from motcua.engines.xmldsig.canonical import canonical
from motcua.engines.xmldsig.faults import Fault, XmlSignatureError
from motcua.engines.xmldsig.reading import DS, read_xml

ENVELOPED = f"{DS}enveloped-signature"
_DECLARED = f' xmlns:ds="{DS}"'


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed thing: its `digest` by the signer's digest method, after `transforms` (URIs)."""

    uri: str
    digest: bytes
    transforms: tuple[str, ...] = ()
    type: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class SignatureText:
    """A composed signature; `xml` stands alone (declares its namespace). UTF-8."""

    xml: bytes
    value: bytes
    """The signature value itself."""


def compose(
    references: Sequence[Reference],
    signer: Signer,
    *,
    objects: str = "",
    signature_id: str = "",
    value_id: str = "",
) -> SignatureText:
    """Sign `references`. `objects` are ds:Object elements in exclusive canonical form, but without the
    declaration of the `ds` prefix, which the signature element makes for all of them."""
    info = signed_info(references, signer)
    value = signer.value(info.replace("<ds:SignedInfo>", f"<ds:SignedInfo{_DECLARED}>", 1).encode())
    certificates = "".join(
        f"<ds:X509Certificate>{base64_of(each.public_bytes(Encoding.DER))}</ds:X509Certificate>"
        for each in (signer.certificate, *signer.chain)
    )
    xml = (
        f"<ds:Signature{_DECLARED}{_attribute('Id', signature_id)}>{info}"
        f"<ds:SignatureValue{_attribute('Id', value_id)}>{base64_of(value)}</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>{objects}</ds:Signature>"
    )
    return SignatureText(xml.encode(), value)


def signed_info(references: Sequence[Reference], signer: Signer) -> str:
    """The SignedInfo in exclusive canonical form, without the declaration of `ds`."""
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{CanonicalForm.EXCLUSIVE.uri}">'
        f'</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="{signer.method.uri}"></ds:SignatureMethod>'
        f"{''.join(_reference(each, signer.digest) for each in references)}</ds:SignedInfo>"
    )


def sign_detached(contents: Mapping[str, bytes], signer: Signer) -> bytes:
    """A signature over byte strings kept elsewhere, by their names (percent-encoded into URIs)."""
    references = [Reference(quote(name), signer.digest.of(content)) for name, content in contents.items()]
    return compose(references, signer).xml


def sign_enveloping(content: str, signer: Signer, *, object_id: str = "content") -> bytes:
    """A signature that holds text (escaped here) in an object of its own."""
    inner = f">{text(content)}</ds:Object>"
    digest = signer.digest.of(f"<ds:Object{_DECLARED}{_attribute('Id', object_id)}{inner}".encode())
    reference = Reference(f"#{object_id}", digest, (CanonicalForm.EXCLUSIVE.uri,))
    return compose([reference], signer, objects=f"<ds:Object{_attribute('Id', object_id)}{inner}").xml


def sign_enveloped(document: bytes, signer: Signer) -> bytes:
    """`document` with a signature over all of it as the last child of its root."""
    return splice_before_end(document, compose([whole_document(document, signer.digest)], signer).xml)


def whole_document(document: bytes, digest: DigestMethod, reference_id: str = "") -> Reference:
    """The reference to the document that a signature lies in."""
    tree = read_xml(document).getroottree()
    transforms = (ENVELOPED, CanonicalForm.EXCLUSIVE.uri)
    return Reference("", digest.of(canonical(tree, CanonicalForm.EXCLUSIVE)), transforms, id=reference_id)


def splice_before_end(document: bytes, child: bytes) -> bytes:
    """`document` (serialised anew as UTF-8) with `child` before its root's end tag; else unchanged.

    Bytes are spliced rather than trees, so that no prefix of either is renamed.
    """
    root = read_xml(document)
    if len(root) == 0 and root.text is None:
        root.text = ""
    written = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    name = f"{root.prefix}:{etree.QName(root).localname}" if root.prefix else etree.QName(root).localname
    place = written.rfind(f"</{name}>".encode())
    if place < 0:
        raise XmlSignatureError(Fault.MALFORMED, f"the end tag of {name} was not found")
    return written[:place] + child + written[place:]


def base64_of(data: bytes) -> str:
    return b64encode(data).decode()


def text(value: str) -> str:
    """Text in canonical form."""
    return escape(value, {"\r": "&#xD;"})


def attribute_value(value: str) -> str:
    """A quoted attribute value in canonical form."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return '"' + escaped.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;") + '"'


def _attribute(name: str, value: str) -> str:
    return f" {name}={attribute_value(value)}" if value else ""


def _reference(reference: Reference, digest: DigestMethod) -> str:
    steps = "".join(f'<ds:Transform Algorithm="{each}"></ds:Transform>' for each in reference.transforms)
    transforms = f"<ds:Transforms>{steps}</ds:Transforms>" if steps else ""
    # Canonical form sorts attributes: Id, Type, URI.
    attributes = _attribute("Id", reference.id) + _attribute("Type", reference.type)
    return (
        f"<ds:Reference{attributes} URI={attribute_value(reference.uri)}>{transforms}"
        f'<ds:DigestMethod Algorithm="{digest.uri}"></ds:DigestMethod>'
        f"<ds:DigestValue>{base64_of(reference.digest)}</ds:DigestValue></ds:Reference>"
    )
