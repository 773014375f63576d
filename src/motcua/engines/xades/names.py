"""Names of XAdES (ETSI EN 319 132-1)."""

XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"


def xades(name: str) -> str:
    return f"{{{XADES}}}{name}"
