"""What a gateway knows of the exchange: one signed JSON file, published by the control plane, cached by each gateway.

The file is the JSON of `Configuration` (fields of the same names; those at their default may be left out) with one
more member `signature`: a detached JWS (RFC 7515 appendix F, ES256) over the canonical bytes of all the rest, which are
`canonical_bytes`: members sorted, no white space, UTF-8 (RFC 8785; the file holds no fractions). The gateway is given
the control plane's public key once, at enrolment.

Identifiers are written as X-Road writes them: `INSTANCE/CLASS/MEMBER`, `…/SUBSYSTEM`, `…/SUBSYSTEM/SERVICE`.
"""

from motcua.gateway.configuration.checking import ConfigurationError, check_certificates
from motcua.gateway.configuration.entries import (
    FORMAT,
    IDENTIFIER,
    CertificateAuthority,
    ClientAccess,
    Configuration,
    Endpoint,
    GatewayEntry,
    Group,
    Member,
    Purpose,
    Quota,
    Right,
    Service,
    ServiceKind,
    Subsystem,
    TimeStampingAuthority,
    Trust,
)
from motcua.gateway.configuration.signing import (
    canonical_bytes,
    configuration_schema,
    read_configuration,
    sign_configuration,
)

__all__ = [
    "FORMAT",
    "IDENTIFIER",
    "CertificateAuthority",
    "ClientAccess",
    "Configuration",
    "ConfigurationError",
    "Endpoint",
    "GatewayEntry",
    "Group",
    "Member",
    "Purpose",
    "Quota",
    "Right",
    "Service",
    "ServiceKind",
    "Subsystem",
    "TimeStampingAuthority",
    "Trust",
    "canonical_bytes",
    "check_certificates",
    "configuration_schema",
    "read_configuration",
    "sign_configuration",
]
