"""Certificates and revocation lists as people hand them over: PEM or DER, whichever it is."""

from __future__ import annotations

from cryptography import x509


def read_certificate(content: bytes) -> x509.Certificate:
    """Raises ValueError."""
    if _is_pem(content):
        return x509.load_pem_x509_certificate(content)
    return x509.load_der_x509_certificate(content)


def read_list(content: bytes) -> x509.CertificateRevocationList:
    """Raises ValueError."""
    return x509.load_pem_x509_crl(content) if _is_pem(content) else x509.load_der_x509_crl(content)


def _is_pem(content: bytes) -> bool:
    return content.lstrip().startswith(b"-----")
