"""TLS of a gateway: towards other gateways both ways, and towards clients that prove themselves by certificates."""

from __future__ import annotations

import ssl
from pathlib import Path

from motcua.gateway.directory import Directory
from motcua.gateway.wire import ALPN


class Tls:
    """The contexts of one gateway. Certificates are only ever added; what was taken away is refused by fingerprint."""

    def __init__(self, keys: Path) -> None:
        """Raises OSError (ssl.SSLError among them) when key or certificate cannot be used."""
        self._key, self._certificate = keys / "tls.key", keys / "tls.crt"
        self.asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.asking.check_hostname = False  # gateways are known by their certificates, not by names
        self.answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for context in (self.asking, self.answering):
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.verify_mode = ssl.CERT_REQUIRED
            context.set_alpn_protocols([ALPN])
        self.clients = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.clients.minimum_version = ssl.TLSVersion.TLSv1_2
        self.clients.verify_mode = ssl.CERT_OPTIONAL
        for context in (self.asking, self.answering, self.clients):
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.use_certificate()

    def use_certificate(self) -> None:
        """The certificate as it lies there now, for connections from now on."""
        for context in (self.asking, self.answering, self.clients):
            context.load_cert_chain(self._certificate, self._key)

    def trust(self, directory: Directory, code: str) -> None:
        """Certificates of the other gateways, and of the clients of the gateway `code`, which is this one."""
        peers = [pem for each in directory.configuration.gateways for pem in each.certificates]
        clients = [
            pem
            for each in directory.clients.values()
            if each.subsystem.gateway == code
            for pem in each.subsystem.client_certificates
        ]
        if peers:
            for context in (self.asking, self.answering):
                context.load_verify_locations(cadata="\n".join(peers))
        if clients:
            self.clients.load_verify_locations(cadata="\n".join(clients))
