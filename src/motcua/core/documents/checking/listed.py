"""Trust lists as the installation keeps them: certificates added by hand, and signed lists of others.

`lists/added.yaml` of the trust folder holds them; a signed list lies beside it as it was fetched, and its signature is
checked at every reading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml
from cryptography import x509

from motcua.core.documents.checking.findings import Holder
from motcua.engines.trust_lists import (
    ServiceKind,
    TrustList,
    TrustListError,
    TrustService,
    read_etsi_list,
    shipped_trust_list,
)

ADDED = "added.yaml"
_STATE = "VGCA, specialised public-service signatures"
"""Its certificates are for officers and agencies only (Decree 68/2024/NĐ-CP)."""


@dataclass(frozen=True)
class Listed:
    """Trust lists joined, with what the installation said of their services."""

    lists: tuple[TrustList, ...] = ()
    holders: Mapping[str, Holder] = field(default_factory=dict)
    """By the name of a service."""
    faults: tuple[str, ...] = ()
    """Lists that could not be used, and why: they trust nobody."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        return tuple(one for each in self.lists for service in each.services for one in service.certificates)

    def anchors(self, kind: ServiceKind, at: dt.datetime) -> Sequence[x509.Certificate]:
        return tuple(one for each in self.lists for one in each.anchors(kind, at))

    def trusted(
        self, certificate: x509.Certificate, kind: ServiceKind, at: dt.datetime
    ) -> TrustService | None:
        found = (each.trusted(certificate, kind, at) for each in self.lists)
        return next((service for service in found if service), None)

    def owner(self, certificate: x509.Certificate, at: dt.datetime) -> TrustService | None:
        """The service that this very certificate stands for."""
        services = (service for each in self.lists for service in each.services if service.granted(at))
        return next((service for service in services if certificate in service.certificates), None)


def read_listed(files: Mapping[str, bytes]) -> Listed:
    """From the files of the folder `lists`."""
    table = read_table(files.get(ADDED, b""))
    joined, holders, faults = shipped_trust_list(), {_STATE: Holder.OFFICER}, list[str]()
    for entry in table["certificates"]:
        try:
            joined = joined.with_certificate(
                entry["service"], x509.load_pem_x509_certificate(entry["pem"].encode())
            )
            if entry.get("holders"):
                holders[entry["service"]] = Holder[str(entry["holders"]).upper()]
        except (TrustListError, ValueError, KeyError, TypeError) as wrong:
            faults.append(f"{entry.get('service')}: {wrong}")
    lists = [joined]
    for entry in table["lists"]:
        try:
            signers = tuple(str(pem) for pem in entry["signers"])
            lists.append(_etsi(files[entry["file"]], signers, dt.datetime.now(dt.UTC).date()))
        except KeyError:
            faults.append(f"{entry.get('file')}: the list is not there; run motcua trust refresh")
        except (TrustListError, ValueError, TypeError) as wrong:
            faults.append(f"{entry.get('file')}: {wrong}")
    return Listed(tuple(lists), holders, tuple(faults))


def read_table(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """What the installation added: `certificates` and `lists`."""
    table = yaml.safe_load(content.decode("utf-8")) if content.strip() else {}
    return {kind: list((table or {}).get(kind) or []) for kind in ("certificates", "lists")}


@lru_cache(maxsize=64)
def _etsi(content: bytes, signers: tuple[str, ...], day: dt.date) -> TrustList:
    """Read anew each day: a list that is out of date trusts nobody."""
    certificates = [x509.load_pem_x509_certificate(pem.encode()) for pem in signers]
    return read_etsi_list(content, certificates, now=dt.datetime.combine(day, dt.time(), dt.UTC))
