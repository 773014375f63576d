from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from motcua.gateway.configuration import (
    Configuration,
    ConfigurationError,
    Endpoint,
    GatewayEntry,
    Member,
    Right,
    Service,
    Subsystem,
    Trust,
    configuration_schema,
    read_configuration,
    sign_configuration,
)

KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = {"control-1": KEY.public_key()}
AT = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


def an_exchange() -> Configuration:
    service = Service(
        "citizens",
        "http://127.0.0.1:9000/api",
        rights=(Right("VN/GOV/02/portal", Endpoint("GET", "/people/*")),),
    )
    provider = Member(
        "GOV", "01", "Bộ Công an", subsystems=(Subsystem("population", "g1", services=(service,)),)
    )
    client = Member("GOV", "02", "Tỉnh", subsystems=(Subsystem("portal", "g1"),))
    gateway = GatewayEntry("g1", "VN/GOV/01", ("127.0.0.1:5500",), ())
    return Configuration(1, "VN", 7, AT, AT + dt.timedelta(days=1), Trust(()), (gateway,), (provider, client))


def published() -> dict[str, object]:
    document: dict[str, object] = json.loads(sign_configuration(an_exchange(), KEY, "control-1"))
    return document


def test_what_is_published_is_what_is_read() -> None:
    assert read_configuration(sign_configuration(an_exchange(), KEY, "control-1"), KEYS) == an_exchange()


def test_the_published_file_satisfies_its_schema() -> None:
    jsonschema.validate(published(), configuration_schema())


def test_a_changed_file_is_refused() -> None:
    changed = {**published(), "version": 8}
    with pytest.raises(ConfigurationError, match="does not belong to this content"):
        read_configuration(json.dumps(changed).encode(), KEYS)


def test_a_stranger_s_key_is_refused() -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ConfigurationError, match="does not belong"):
        read_configuration(sign_configuration(an_exchange(), stranger, "control-1"), KEYS)
    with pytest.raises(ConfigurationError, match="is not known here"):
        read_configuration(sign_configuration(an_exchange(), stranger, "other"), KEYS)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b'{"signature": "a.b.c"}', b'{"signature": "e30..AA"}', b"\xff"]
)
def test_what_is_no_configuration_gets_a_sentence(text: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_configuration(text, KEYS)


def test_a_subsystem_names_a_gateway_that_exists() -> None:
    with pytest.raises(ConfigurationError, match="no gateway 'g1'"):
        sign_configuration(replace(an_exchange(), gateways=()), KEY, "control-1")


def test_an_unknown_field_is_named_with_its_place() -> None:
    from motcua.gateway.shape import ShapeError, read_shape, write_shape

    document = write_shape(an_exchange())
    document["members"][0]["subsystems"][0]["colour"] = "red"
    with pytest.raises(ShapeError, match=r"members\[0\]\.subsystems\[0\]\.colour: unknown field"):
        read_shape(Configuration, document)
    document = write_shape(an_exchange())
    document["members"][1]["code"] = "a b"
    with pytest.raises(ShapeError, match=r"members\[1\]: code 'a b'"):
        read_shape(Configuration, document)
