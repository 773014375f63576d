"""Signatures in XML: judged by xmlsec1 and signxml, and defended against those who tamper."""

import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from motcua.engines.pki import KeyKind, PrivateKey
from motcua.engines.pki.tests.house import House
from motcua.engines.xmldsig import (
    CanonicalForm,
    DigestMethod,
    Fault,
    Limits,
    Reference,
    Signer,
    XmlSignatureError,
    canonical,
    check,
    check_enveloped,
    compose,
    find_signatures,
    read_xml,
    sign_detached,
    sign_enveloped,
    sign_enveloping,
    signer_for,
    splice_before_end,
)

DOCUMENT = (
    '<?xml version="1.0"?>\n<!-- kept --><?pi kept?>\n<v:document xmlns:v="urn:v" xmlns="urn:d" number="1 &amp; 2">'
    "<subject>Về việc &lt;đất&gt;</subject>\n <!-- lời --> đuôi\r\n</v:document>\n"
).encode()
WITHOUT_INSTRUCTION = DOCUMENT.replace(b"<?pi kept?>", b"")  # signxml loses what stands before the root


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def signer_of(house: House, digest: DigestMethod = DigestMethod.SHA256, *, pss: bool = False) -> Signer:
    key: PrivateKey = house.officer_key
    return signer_for(house.officer, key, chain=house.chain, digest=digest, pss=pss)


def refused(document: bytes) -> Fault:
    with pytest.raises(XmlSignatureError) as caught:
        check_enveloped(document)
    return caught.value.fault


def xmlsec(document: bytes, house: House, folder: Path, *more: str) -> str:
    (folder / "signed.xml").write_bytes(document)
    (folder / "key.pem").write_bytes(house.officer.public_bytes(Encoding.PEM))
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", "key.pem", *more, "signed.xml"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return told.stdout + told.stderr


@pytest.mark.parametrize(
    ("kind", "digest", "pss"),
    [
        (KeyKind.P256, DigestMethod.SHA256, False),
        (KeyKind.P256, DigestMethod.SHA512, False),
        (KeyKind.RSA2048, DigestMethod.SHA256, False),
        (KeyKind.RSA2048, DigestMethod.SHA384, False),
        (KeyKind.RSA2048, DigestMethod.SHA512, False),
    ],
)
def test_xmlsec_and_signxml_accept_what_we_sign(
    kind: KeyKind, digest: DigestMethod, pss: bool, tmp_path: Path
) -> None:
    house = House(kind)
    signed = sign_enveloped(DOCUMENT, signer_of(house, digest, pss=pss))
    assert check_enveloped(signed).covers_root()
    assert "OK" in xmlsec(signed, house, tmp_path).split()
    alone = sign_enveloped(WITHOUT_INSTRUCTION, signer_of(house, digest, pss=pss))
    assert XMLVerifier().verify(alone, x509_cert=house.officer)
    assert "OK" not in xmlsec(signed.replace("Về".encode(), b"Vo"), house, tmp_path).split()


def test_rsa_pss_is_signed_and_verified() -> None:
    house = House(KeyKind.RSA2048)
    signed = sign_enveloped(WITHOUT_INSTRUCTION, signer_of(house, pss=True))
    assert check_enveloped(signed).method.scheme == "pss"
    assert XMLVerifier().verify(signed, x509_cert=house.officer)


@pytest.mark.parametrize("form", [each for each in CanonicalForm if "11" not in each.name])
@pytest.mark.parametrize(
    "method", [SignatureConstructionMethod.enveloped, SignatureConstructionMethod.enveloping]
)
def test_we_accept_what_signxml_signs(
    house: House, form: CanonicalForm, method: SignatureConstructionMethod
) -> None:
    made = XMLSigner(
        method=method, signature_algorithm="ecdsa-sha384", digest_algorithm="sha512", c14n_algorithm=form.uri
    ).sign(etree.fromstring(DOCUMENT), key=house.officer_key, cert=[house.officer])
    root = read_xml(etree.tostring(made))
    checked = check(find_signatures(root)[0])
    assert checked.certificate == house.officer
    assert checked.parts[0].digest is DigestMethod.SHA512


def test_what_is_signed_is_handed_back_as_the_bytes_that_were_digested(house: House) -> None:
    checked = check_enveloped(sign_enveloped(DOCUMENT, signer_of(house)))
    assert checked.parts[0].content == canonical(read_xml(DOCUMENT).getroottree(), CanonicalForm.EXCLUSIVE)
    assert checked.certificates == (house.officer, *house.chain)
    assert checked.warnings == ()


def test_an_enveloping_signature_holds_its_text(house: House, tmp_path: Path) -> None:
    signed = sign_enveloping('Điều 1: "a" < b & c\r\n', signer_of(house))
    checked = check(read_xml(signed))
    assert checked.parts[0].element is not None
    assert checked.parts[0].element.text == 'Điều 1: "a" < b & c\r\n'
    assert "OK" in xmlsec(signed, house, tmp_path).split()


def test_files_beside_the_signature_are_found_by_their_names(house: House) -> None:
    files = {"/quyết định.xml": b"<a/>", "phụ lục.bin": bytes(range(256))}
    root = read_xml(sign_detached(files, signer_of(house)))
    assert [part.content for part in check(root, contents=files).parts] == list(files.values())
    with pytest.raises(XmlSignatureError, match="not there") as missing:
        check(root, contents={"/quyết định.xml": b"<a/>"})
    assert missing.value.fault is Fault.MISSING
    with pytest.raises(XmlSignatureError, match="changed after it was signed"):
        check(root, contents={**files, "phụ lục.bin": b""})


def test_a_part_of_a_document_is_signed_by_its_id(house: House) -> None:
    document = b'<a xmlns="urn:a"><b Id="x"><c>1</c></b><d/></a>'
    signer = signer_of(house)
    part = canonical(read_xml(document)[0], CanonicalForm.EXCLUSIVE)
    reference = Reference("#x", signer.digest.of(part), (CanonicalForm.EXCLUSIVE.uri,))
    signed = splice_before_end(document, compose([reference], signer).xml)
    root = read_xml(signed)
    assert check(find_signatures(root)[0]).parts[0].element is root[0]
    assert refused(signed) is Fault.AMBIGUOUS  # only a part is covered

    twice = signed.replace(b"<d/>", b'<d Id="x"/>')
    with pytest.raises(XmlSignatureError, match="ids are unique"):
        check(find_signatures(read_xml(twice))[0])


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Về".encode(), b"Vo", Fault.ALTERED),
        (b' URI=""', b' URI="#none"', Fault.FORGED),
        (b"ecdsa-sha256", b"rsa-sha256", Fault.FORGED),
        (b"xmlenc#sha256", b"xmlenc#ripemd160", Fault.FORGED),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA", Fault.MALFORMED),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>!", Fault.MALFORMED),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA", Fault.MALFORMED),
        (b'xml-exc-c14n#"></ds:Can', b'xslt"></ds:Can', Fault.FORBIDDEN),
        (b"<ds:SignedInfo>", b"<ds:SignedInfo><ds:SignedInfo>", Fault.NOT_XML),
        (b"ds:SignedInfo", b"ds:Unsigned", Fault.MALFORMED),
        (b"ds:X509Data", b"ds:X510Data", Fault.NO_CERTIFICATE),
    ],
)
def test_every_change_is_named(house: House, old: bytes, new: bytes, fault: Fault) -> None:
    signed = sign_enveloped(DOCUMENT, signer_of(house))
    assert old in signed
    assert refused(signed.replace(old, new)) is fault


def test_a_signed_document_moved_into_another_is_refused(house: House) -> None:
    """Wrapping: the signature stays true, but what a reader would take for signed is not."""
    signed = sign_enveloped(DOCUMENT, signer_of(house))
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", signed, re.DOTALL)
    assert signature is not None
    assert refused(b"<evil>" + signature.group() + b"</evil>") is Fault.ALTERED
    body = signed.split(b"?>", 1)[1].split(b"?>", 1)[1]
    assert refused(b"<evil>" + body + b"</evil>") is Fault.AMBIGUOUS
    assert refused(splice_before_end(signed, signature.group())) is Fault.AMBIGUOUS


@pytest.mark.parametrize(
    ("transform", "said"),
    [
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", "not accepted"),
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "not accepted"),
        ("http://www.w3.org/2000/09/xmldsig#base64", "not accepted"),
    ],
)
def test_transforms_beyond_the_list_are_never_run(house: House, transform: str, said: str) -> None:
    signer = signer_of(house)
    reference = Reference("", signer.digest.of(b""), (transform,))
    with pytest.raises(XmlSignatureError, match=said):
        check_enveloped(splice_before_end(DOCUMENT, compose([reference], signer).xml))


def test_sha1_is_read_with_a_warning_and_never_written(house: House) -> None:
    signer = signer_of(house)
    weak = Signer(signer.certificate, signer.sign, signer.method, digest=DigestMethod.SHA1)
    signed = sign_enveloped(DOCUMENT, weak)
    assert "SHA-1" in check_enveloped(signed).warnings[0]
    with pytest.raises(ValueError, match="not written any more"):
        signer_of(house, DigestMethod.SHA1)


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (BOMB, Fault.FORBIDDEN),
        (b"<?xml version='1.0'?><!-- x -->\n" + BOMB, Fault.FORBIDDEN),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', Fault.FORBIDDEN),
        (BOMB.decode().encode("utf-16"), Fault.FORBIDDEN),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + BOMB, Fault.FORBIDDEN),
        (b'<?xml version="1.0" encoding="IBM037"?><a/>', Fault.FORBIDDEN),
        (b"<a>" * 300 + b"</a>" * 300, Fault.NOT_XML),
        (b"<a>" + b"<b/>" * 300 + b"</a>", Fault.TOO_LARGE),
        (b"<a>" + b"x" * 5000 + b"</a>", Fault.TOO_LARGE),
        (b"", Fault.NOT_XML),
        (b"hello", Fault.NOT_XML),
        (b"<a>&b;</a>", Fault.NOT_XML),
    ],
)
def test_xml_that_could_harm_its_reader_is_refused(document: bytes, fault: Fault) -> None:
    with pytest.raises(XmlSignatureError) as caught:
        read_xml(document, Limits(size=4096, elements=100))
    assert caught.value.fault is fault


@pytest.mark.parametrize("form", [CanonicalForm.EXCLUSIVE, CanonicalForm.INCLUSIVE])
def test_a_namespace_that_is_no_absolute_address_has_no_canonical_form(form: CanonicalForm) -> None:
    with pytest.raises(XmlSignatureError) as refused:
        canonical(read_xml(b'<a xmlns:r="htt//vidu.gov.vn"><r:b/></a>'), form)
    assert refused.value.fault is Fault.MALFORMED


def test_inclusive_forms_see_the_namespaces_above(house: House) -> None:
    part = read_xml(b'<a xmlns="u:d" xmlns:p="u:p"><p:c/></a>')[0]
    assert canonical(part, CanonicalForm.INCLUSIVE) == b'<p:c xmlns="u:d" xmlns:p="u:p"></p:c>'
    assert canonical(part, CanonicalForm.EXCLUSIVE) == b'<p:c xmlns:p="u:p"></p:c>'
    with pytest.raises(XmlSignatureError, match="exclusive"):
        canonical(read_xml(b'<a xml:lang="vi"><b/></a>')[0], CanonicalForm.INCLUSIVE)


def test_a_spent_tree_gives_the_same_verdict_and_any_other_is_left_as_it_was(house: House) -> None:
    signed = sign_enveloped(b"<a xmlns='urn:x'>one<b/>two</a>", signer_of(house))
    for spends in (False, True):
        root = read_xml(signed)
        before = etree.tostring(root)
        checked = check(find_signatures(root)[0], spends_tree=spends)
        assert checked.covers_root()
        assert checked.parts[0].content == b'<a xmlns="urn:x">one<b></b>two</a>'
        assert (etree.tostring(root) == before) is not spends
        altered = read_xml(signed.replace(b"two", b"three"))
        with pytest.raises(XmlSignatureError) as refused:
            check(find_signatures(altered)[0], spends_tree=spends)
        assert refused.value.fault is Fault.ALTERED
