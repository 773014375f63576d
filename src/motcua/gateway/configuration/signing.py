"""The published file: written and signed by the control plane, read and believed by gateways."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from motcua.gateway.configuration.checking import ConfigurationError, check_configuration
from motcua.gateway.configuration.entries import Configuration
from motcua.gateway.shape import ShapeError, json_schema, read_shape, write_shape

_COORDINATE = 32


def configuration_schema() -> dict[str, Any]:
    """JSON Schema of the published file, signature included."""
    schema = json_schema(Configuration, "Configuration of an exchange")
    schema["properties"]["signature"] = {"type": "string", "description": "detached JWS, ES256"}
    schema["required"] = [*schema["required"], "signature"]
    return schema


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: `document` without its signature (RFC 8785 for what the file may hold)."""
    content = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign_configuration(configuration: Configuration, key: ec.EllipticCurvePrivateKey, key_id: str) -> bytes:
    """The file as published: JSON (UTF-8), signed with `key` (P-256), named by `key_id`."""
    check_configuration(configuration)
    document: dict[str, Any] = write_shape(configuration)
    header = _encode(json.dumps({"alg": "ES256", "kid": key_id}, separators=(",", ":")).encode())
    to_sign = f"{header}.{_encode(canonical_bytes(document))}".encode()
    r, s = utils.decode_dss_signature(key.sign(to_sign, ec.ECDSA(SHA256())))
    value = r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
    document["signature"] = f"{header}..{_encode(value)}"
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()


def read_configuration(published: bytes, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> Configuration:
    """The configuration of a published file, when one of `keys` (by key id) signed it.

    Whether it is still in force is the caller's question. Raises ConfigurationError.
    """
    try:
        document = json.loads(published)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"the configuration is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError("the configuration is not a JSON object")
    _check_signature(document, keys)
    try:
        content = {name: value for name, value in document.items() if name != "signature"}
        configuration = read_shape(Configuration, content)
    except ShapeError as error:
        raise ConfigurationError(f"configuration: {error}") from error
    check_configuration(configuration)
    return configuration


def _check_signature(document: Mapping[str, Any], keys: Mapping[str, ec.EllipticCurvePublicKey]) -> None:
    signature = document.get("signature")
    parts = signature.split(".") if isinstance(signature, str) else []
    if len(parts) != 3 or parts[1]:
        raise ConfigurationError("signature: a detached JWS (header..value) is expected")
    try:
        header = json.loads(_decode(parts[0]))
        value = _decode(parts[2])
    except ValueError as error:
        raise ConfigurationError(f"signature: cannot be read: {error}") from error
    if not isinstance(header, dict) or header.get("alg") != "ES256" or "crit" in header:
        raise ConfigurationError("signature: ES256 without critical extensions is expected")
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise ConfigurationError(
            f"signature: the key {header.get('kid')!r} is not known here; known are {', '.join(keys) or 'none'}"
        )
    if len(value) != 2 * _COORDINATE:
        raise ConfigurationError(f"signature: {2 * _COORDINATE} bytes are expected, not {len(value)}")
    encoded = utils.encode_dss_signature(
        int.from_bytes(value[:_COORDINATE], "big"), int.from_bytes(value[_COORDINATE:], "big")
    )
    try:
        key.verify(encoded, f"{parts[0]}.{_encode(canonical_bytes(document))}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise ConfigurationError("signature: does not belong to this content; fetch the file again") from None


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
