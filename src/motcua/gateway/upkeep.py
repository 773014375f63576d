"""What is fetched now and then, beside the data path: configuration, OCSP responses, time-stamps. Each keeps its last
good answer and says honestly since when it has no newer one."""

from __future__ import annotations

import http.client
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

TIMEOUT_S = 10
LARGEST = 64 * 1024 * 1024


class Away(Exception):
    """The other side is not there, or says no; the message tells."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def exchange(
    url: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None, method: str = ""
) -> tuple[int, Mapping[str, str], bytes]:
    """(status, headers by their small names, body) of one call, whatever the status. Blocks. Raises Away."""
    request = urllib.request.Request(
        url, body, dict(headers or {}), method=method or ("GET" if body is None else "POST")
    )
    try:
        try:
            answer = _OPENER.open(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            data: bytes = answer.read(LARGEST + 1)
            status, told = int(answer.status), {name.lower(): value for name, value in answer.headers.items()}
    except (urllib.error.URLError, OSError, ValueError, http.client.HTTPException) as error:
        raise Away(f"{url}: {getattr(error, 'reason', error)}") from error
    if len(data) > LARGEST:
        raise Away(f"{url}: more than {LARGEST} bytes")
    return status, told, data


def fetch(source: str, body: bytes | None = None, kind: str = "", key: str = "") -> bytes:
    """GET, or POST when there is a body, with `key` as Bearer; `source` may be a file. Blocks. Raises Away."""
    if not source.startswith(("http://", "https://")):
        try:
            return Path(source.removeprefix("file://")).read_bytes()
        except OSError as error:
            raise Away(f"{source}: {error.strerror}") from error
    headers = {"Content-Type": kind} if kind else {}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    status, _, data = exchange(source, body, headers=headers)
    if status != 200:
        raise Away(f"{source}: {status} {_phrase(status)}")
    return data


def _phrase(status: int) -> str:
    return http.client.responses.get(status, "")


def keep_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write whole or not at all, and durably."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def ask_ocsp(url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The response (DER) about `certificate`; its authenticity is judged where it is used. Raises Away."""
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA256()).build()
    data = fetch(url, request.public_bytes(Encoding.DER), "application/ocsp-request")
    try:
        response = ocsp.load_der_ocsp_response(data)
    except ValueError as error:
        raise Away(f"{url}: not an OCSP response: {error}") from error
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Away(f"{url}: {response.response_status.name}")
    return data


def ask_stamp(url: str, digest: bytes) -> bytes:
    """The token (DER) of a time-stamping authority over a SHA-256 digest (RFC 3161). Raises Away."""
    nonce = secrets.randbits(63)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    request = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    ).dump()
    data = fetch(url, request, "application/timestamp-query")
    try:
        response = tsp.TimeStampResp.load(data)
        status = response["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise Away(f"{url}: {status}")
        token = response["time_stamp_token"]
        told = token["content"]["encap_content_info"]["content"].parsed
        if told["message_imprint"]["hashed_message"].native != digest or told["nonce"].native != nonce:
            raise Away(f"{url}: the token is not about what was asked")
        result: bytes = token.dump()
    except (ValueError, TypeError, KeyError) as error:
        raise Away(f"{url}: not a time-stamp: {error}") from error
    return result
