"""The exchange's API, version 1: taking part, certificates, operational data, events."""

from motcua.systems.exchange.api.base import api

from motcua.systems.exchange.api import events, members, offers, who_asked  # noqa: F401  isort: skip

__all__ = ["api"]
