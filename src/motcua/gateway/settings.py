"""Settings of the gateway's process: environment only; the table is docs/settings.md."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from motcua.config.home import folder
from motcua.gateway.enrolment import read_enrolment
from motcua.gateway.faults import NameStyle
from motcua.gateway.journal import Durability


class SettingError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Times in seconds, sizes in bytes."""

    code: str
    """This gateway's code in the configuration."""
    place: Path
    """Its folder: `keys/`, `journal/`, `operational/`, `spool/`, the cached configuration."""
    configuration: str
    """Where the control plane publishes: a URL or a file."""
    configuration_keys: Path
    """PEM of the control plane's public keys; the key id is the file's name without `.pem` in a folder."""
    configuration_key: str = ""
    """With which it is asked for there."""
    clients: str = "127.0.0.1:8001"
    clients_tls: str = ""
    peers: str = "0.0.0.0:5500"
    state: str = "127.0.0.1:8002"
    name_style: NameStyle = NameStyle.DOTTED
    durability: Durability = Durability.EACH
    largest_request: int = 104_857_600
    largest_answer: int = 1_073_741_824
    largest_logged: int = 10_485_760
    segment_size: int = 67_108_864
    connections: int = 4_096
    connections_of_one: int = 512
    at_once: int = 8_192
    request_s: float = 60.0
    """From a request's first byte to its last."""
    idle_s: float = 75.0
    slow_s: float = 30.0
    """How long an answer's reader may take nothing of it."""
    exchange_s: float = 65.0
    peer_silence_s: float = 15.0
    skew_s: float = 300.0
    refresh_s: float = 60.0
    stamp_s: float = 60.0
    keep_days: int = 30
    report_s: float = 60.0
    settled_s: float = 300.0
    """How long a renewed certificate is listed before it is used: others look for the configuration each minute."""

    @property
    def keys(self) -> Path:
        return self.place / "keys"

    @property
    def spool(self) -> Path:
        return self.place / "spool"


def read_settings() -> Settings:
    """From the environment. Raises SettingError."""
    place = gateway_folder()
    enrolled = read_enrolment(place)
    source = os.environ.get("MOTCUA_GATEWAY_CONFIGURATION", "")
    return Settings(
        code=_required(
            "MOTCUA_GATEWAY_CODE",
            os.environ.get("MOTCUA_GATEWAY_CODE", "") or (enrolled.code if enrolled else ""),
        ),
        place=place,
        configuration=_required(
            "MOTCUA_GATEWAY_CONFIGURATION", source or (enrolled.configuration if enrolled else "")
        ),
        configuration_key=enrolled.key if enrolled and not source else "",
        configuration_keys=Path(
            os.environ.get("MOTCUA_GATEWAY_CONFIGURATION_KEYS", "") or place / "control-plane"
        ),
        clients=os.environ.get("MOTCUA_GATEWAY_CLIENTS", "127.0.0.1:8001"),
        clients_tls=os.environ.get("MOTCUA_GATEWAY_CLIENTS_TLS", ""),
        peers=os.environ.get("MOTCUA_GATEWAY_PEERS", "0.0.0.0:5500"),
        state=os.environ.get("MOTCUA_GATEWAY_STATE", "127.0.0.1:8002"),
        name_style=_one_of(
            NameStyle, "MOTCUA_GATEWAY_NAMES", os.environ.get("MOTCUA_GATEWAY_NAMES", "dotted")
        ),
        durability=_one_of(
            Durability, "MOTCUA_GATEWAY_DURABILITY", os.environ.get("MOTCUA_GATEWAY_DURABILITY", "each")
        ),
        largest_request=_number(
            "MOTCUA_GATEWAY_LARGEST_REQUEST", os.environ.get("MOTCUA_GATEWAY_LARGEST_REQUEST", "104857600")
        ),
        largest_logged=_number(
            "MOTCUA_GATEWAY_LARGEST_LOGGED", os.environ.get("MOTCUA_GATEWAY_LARGEST_LOGGED", "10485760")
        ),
        connections_of_one=_number(
            "MOTCUA_GATEWAY_CONNECTIONS_OF_ONE", os.environ.get("MOTCUA_GATEWAY_CONNECTIONS_OF_ONE", "512")
        ),
        refresh_s=_number("MOTCUA_GATEWAY_REFRESH", os.environ.get("MOTCUA_GATEWAY_REFRESH", "60")),
        stamp_s=_number("MOTCUA_GATEWAY_STAMP", os.environ.get("MOTCUA_GATEWAY_STAMP", "60")),
        segment_size=_number("MOTCUA_GATEWAY_SEGMENT", os.environ.get("MOTCUA_GATEWAY_SEGMENT", "67108864")),
        keep_days=_number("MOTCUA_GATEWAY_KEEP_DAYS", os.environ.get("MOTCUA_GATEWAY_KEEP_DAYS", "30")),
    )


def gateway_folder() -> Path:
    """Where this gateway keeps what is its own."""
    return Path(os.environ.get("MOTCUA_GATEWAY_HOME", "") or folder("gateway"))


def read_address(name: str, value: str) -> tuple[str, int]:
    """`host:port`. Raises SettingError."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise SettingError(f"{name}={value!r}: host:port is expected, as 0.0.0.0:5500")
    return host.strip("[]"), int(port)


def _required(name: str, value: str) -> str:
    if not value:
        raise SettingError(f"{name} is not set: run `motcua gateway enrol`, or see docs/gateway.md")
    return value


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise SettingError(f"{name}={value!r}: a whole number is expected")
    return int(value)


_Choice = TypeVar("_Choice", bound=StrEnum)


def _one_of(kind: type[_Choice], name: str, value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise SettingError(f"{name}={value!r}: one of {', '.join(kind)} is expected") from None
