"""XML signatures (W3C XML Signature 1.1): written as strings, verified strictly, nothing fetched."""

from motcua.engines.xmldsig.algorithms import (
    CanonicalForm,
    DigestMethod,
    SignatureMethod,
    Signer,
    method_for,
    signer_for,
)
from motcua.engines.xmldsig.canonical import canonical
from motcua.engines.xmldsig.checking import Checked, SignedPart, check, check_enveloped, find_signatures
from motcua.engines.xmldsig.faults import Fault, XmlSignatureError
from motcua.engines.xmldsig.reading import DS, Limits, read_xml
from motcua.engines.xmldsig.writing import (
    Reference,
    SignatureText,
    compose,
    sign_detached,
    sign_enveloped,
    sign_enveloping,
    splice_before_end,
)

__all__ = [
    "DS",
    "CanonicalForm",
    "Checked",
    "DigestMethod",
    "Fault",
    "Limits",
    "Reference",
    "SignatureMethod",
    "SignatureText",
    "SignedPart",
    "Signer",
    "XmlSignatureError",
    "canonical",
    "check",
    "check_enveloped",
    "compose",
    "find_signatures",
    "method_for",
    "read_xml",
    "sign_detached",
    "sign_enveloped",
    "sign_enveloping",
    "signer_for",
    "splice_before_end",
]
