"""Reading trust lists of ETSI TS 119 612 (the European kind), with the list's own signature verified."""

from __future__ import annotations

import datetime as dt
from base64 import b64decode
from collections.abc import Iterable, Sequence

from cryptography import x509
from lxml import etree

from motcua.engines.trust_lists.lists import (
    ServiceKind,
    Status,
    StatusSince,
    TrustList,
    TrustListError,
    TrustService,
)
from motcua.engines.xmldsig import XmlSignatureError, check_enveloped, read_xml

_TSL = "{http://uri.etsi.org/02231/v2#}"
_KINDS = {
    "http://uri.etsi.org/TrstSvc/Svctype/CA/QC": ServiceKind.CERTIFICATES,
    "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC": ServiceKind.CERTIFICATES,
    "http://uri.etsi.org/TrstSvc/Svctype/NationalRootCA-QC": ServiceKind.CERTIFICATES,
    "http://uri.etsi.org/TrstSvc/Svctype/TSA": ServiceKind.TIME_STAMPS,
    "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST": ServiceKind.TIME_STAMPS,
    "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP": ServiceKind.REVOCATION,
    "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP/QC": ServiceKind.REVOCATION,
}
_GRANTED = {
    f"http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{name}"
    for name in (
        *("granted", "recognisedatnationallevel", "undersupervision"),
        *("supervisionincessation", "accredited", "setbynationallaw"),
    )
}


def read_etsi_list(document: bytes, signers: Sequence[x509.Certificate], *, now: dt.datetime) -> TrustList:
    """The list, if it is signed as a whole by one of `signers` and not out of date at `now`.

    Services of kinds that signatures of documents have no use for are left out. The content is read from the
    signed bytes. Raises TrustListError.
    """
    try:
        checked = check_enveloped(document)
        root = read_xml(
            next(part.content for part in checked.parts if part.element is not None and not part.uri)
        )
    except XmlSignatureError as error:
        raise TrustListError(f"the trust list's signature does not hold: {error}") from error
    except StopIteration:
        raise TrustListError("the trust list's signature names the document by an id: not accepted") from None
    if checked.certificate not in signers:
        raise TrustListError(
            f"the trust list is signed by {checked.certificate.subject.rfc4514_string()}, which is not among "
            "the signers named for it: compare with the list of lists"
        )
    information = _one(root, "SchemeInformation")
    following = _time(information.findtext(f"{_TSL}NextUpdate/{_TSL}dateTime"))
    if following is not None and following < now:
        raise TrustListError(
            f"the trust list should have been renewed by {following:%d/%m/%Y}: fetch it again"
        )
    return TrustList(
        information.findtext(f"{_TSL}SchemeTerritory") or "",
        _name(information, "SchemeOperatorName"),
        _time(information.findtext(f"{_TSL}ListIssueDateTime")),
        following,
        tuple(_services(root)),
    )


def _services(root: etree._Element) -> Iterable[TrustService]:
    for provider in root.iter(f"{_TSL}TrustServiceProvider"):
        name = _name(_one(provider, "TSPInformation"), "TSPName")
        for service in provider.iter(f"{_TSL}TSPService"):
            current = _one(service, "ServiceInformation")
            kind = _KINDS.get(current.findtext(f"{_TSL}ServiceTypeIdentifier") or "")
            if kind is not None:
                entries = [current, *service.iter(f"{_TSL}ServiceHistoryInstance")]
                history = tuple(_status(entry) for entry in entries)
                certificates = tuple(dict.fromkeys(_certificates(current)))
                yield TrustService(name, _name(current, "ServiceName"), kind, certificates, history)


def _status(entry: etree._Element) -> StatusSince:
    since = _time(entry.findtext(f"{_TSL}StatusStartingTime"))
    if since is None:
        raise TrustListError(f"{_name(entry, 'ServiceName')}: a status without its starting time")
    uri = (entry.findtext(f"{_TSL}ServiceStatus") or "").rstrip("/")
    return StatusSince(Status.GRANTED if uri in _GRANTED else Status.WITHDRAWN, since, uri)


def _certificates(entry: etree._Element) -> Iterable[x509.Certificate]:
    identity = _one(entry, "ServiceDigitalIdentity")
    for each in identity.iter(f"{_TSL}X509Certificate"):
        try:
            yield x509.load_der_x509_certificate(b64decode(each.text or ""))
        except ValueError as error:
            raise TrustListError(f"{_name(entry, 'ServiceName')}: certificate unreadable: {error}") from error


def _name(parent: etree._Element, kind: str) -> str:
    """The English name, else the first."""
    names = parent.findall(f"{_TSL}{kind}/{_TSL}Name")
    english = [each for each in names if each.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"]
    return ((english or names)[0].text or "").strip() if names else ""


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(f"{_TSL}{name}")
    if found is None:
        raise TrustListError(f"this is no trust list of ETSI TS 119 612: {name} is missing")
    return found


def _time(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise TrustListError(f"{text!r} is no time of XML Schema") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
