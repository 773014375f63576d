"""Whether all that the configuration names is also in it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509

from motcua.gateway.configuration.entries import Configuration, Service


class ConfigurationError(ValueError):
    """The configuration cannot be used; the message says what, where and how to mend it."""


def check_configuration(configuration: Configuration) -> None:
    """Whether all that is named in it is also in it. Raises ConfigurationError."""
    gateways = _distinct("gateways", [each.code for each in configuration.gateways])
    _distinct("members", [f"{each.member_class}/{each.code}" for each in configuration.members])
    groups = _distinct("groups", [each.code for each in configuration.groups])
    purposes = _distinct("purposes", [each.code for each in configuration.purposes])
    for member in configuration.members:
        who = f"{configuration.instance}/{member.member_class}/{member.code}"
        _distinct(f"subsystems of {who}", [each.code for each in member.subsystems])
        check_certificates(f"certificates of {who}", member.certificates)
        for subsystem in member.subsystems:
            if subsystem.gateway not in gateways:
                raise ConfigurationError(f"{who}/{subsystem.code}: there is no gateway {subsystem.gateway!r}")
            check_certificates(
                f"client_certificates of {who}/{subsystem.code}", subsystem.client_certificates
            )
            _distinct(f"services of {who}/{subsystem.code}", [each.code for each in subsystem.services])
            for service in subsystem.services:
                _check_service(f"{who}/{subsystem.code}/{service.code}", service, groups, purposes)
    for gateway in configuration.gateways:
        check_certificates(f"certificates of the gateway {gateway.code}", gateway.certificates)
    for authority in configuration.trust.authorities:
        check_certificates(f"authority {authority.name}", (authority.certificate, *authority.intermediates))


def _check_service(name: str, service: Service, groups: set[str], purposes: set[str]) -> None:
    for right in service.rights:
        if right.subject.startswith("group:"):
            if right.subject.removeprefix("group:") not in groups:
                raise ConfigurationError(f"{name}: a right of {right.subject!r}, and there is no such group")
        elif right.subject.count("/") != 3:
            raise ConfigurationError(
                f"{name}: the right of {right.subject!r}: INSTANCE/CLASS/MEMBER/SUBSYSTEM or group:CODE"
            )
    unknown = {*service.purposes, *(each for right in service.rights for each in right.purposes)} - purposes
    if unknown:
        raise ConfigurationError(f"{name}: purposes that are not listed: {', '.join(sorted(unknown))}")


def check_certificates(whose: str, certificates: Sequence[str]) -> None:
    """Whether each is one certificate in PEM. Raises ConfigurationError."""
    for each in certificates:
        try:
            x509.load_pem_x509_certificate(each.encode())
        except ValueError as error:
            raise ConfigurationError(f"{whose}: not a certificate in PEM: {error}") from error


def _distinct(what: str, codes: Sequence[str]) -> set[str]:
    found = set[str]()
    for each in codes:
        if each in found:
            raise ConfigurationError(f"{what}: {each} is there twice")
        found.add(each)
    return found
