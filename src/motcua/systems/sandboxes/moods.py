"""How a sandbox server behaves: `$MOTCUA_HOME/sandbox/servers.json`, `{"population": "down", …}`.

The same moods for every server, so that each connector is met by every failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from motcua.systems.sandboxes.http import Answer, Call, Server

SLOW_SECONDS = 3.0


def behave(server: str, mood: str = "") -> None:
    """Put a server in a mood; the empty one is good. Raises ValueError for an unknown mood."""
    if mood and mood not in MOODS:
        raise ValueError(f"a sandbox server knows the moods {', '.join(MOODS)}, not {mood!r}")
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**_told(), server: mood}), encoding="utf-8")


def forget() -> None:
    _file().unlink(missing_ok=True)


def mood_of(server: str) -> str:
    return _told().get(server, "")


def in_mood(name: str, server: Server) -> Server:
    """The server as it behaves now."""

    def answer(call: Call) -> Answer:
        mood = mood_of(name)
        return MOODS[mood](server, call) if mood else server(call)

    return answer


def _down(server: Server, call: Call) -> Answer:
    return Answer(503, b"<html><body>Service Unavailable</body></html>", "text/html")


def _slow(server: Server, call: Call) -> Answer:
    return replace(server(call), wait=SLOW_SECONDS)


def _no_access(server: Server, call: Call) -> Answer:
    return Answer(401, b'{"fault":{"code":900901,"message":"Invalid Credentials"}}')


def _limited(server: Server, call: Call) -> Answer:
    return Answer(
        429, b'{"fault":{"code":900800,"message":"Message throttled out"}}', headers={"Retry-After": "1"}
    )


def _wrong_schema(server: Server, call: Call) -> Answer:
    answer = server(call)
    if b"<" in answer.body[:1]:
        return replace(answer, body=b"<?xml version='1.0'?><ketQua><thanhCong>true</thanhCong></ketQua>")
    return replace(answer, body=b'["khong", "dung", "cau", "truc"]')


def _html(server: Server, call: Call) -> Answer:
    """A page of a gateway, with status 200: what a firewall likes to say."""
    return Answer(200, b"<!DOCTYPE html><html><body>Request Rejected</body></html>", "text/html")


def _cut(server: Server, call: Call) -> Answer:
    answer = server(call)
    return replace(answer, cut=len(answer.body) // 2)


def _odd_encoding(server: Server, call: Call) -> Answer:
    """The same words in other bytes: XML in UTF-16, JSON with a byte order mark, Vietnamese letters decomposed."""
    import unicodedata

    answer = server(call)
    words = unicodedata.normalize("NFD", answer.body.decode("utf-8"))
    if words.startswith("<?xml"):
        words = "<?xml version='1.0' encoding='UTF-16'?>" + words.split("?>", 1)[1]
        return replace(answer, body=words.encode("utf-16"), content_type="text/xml; charset=utf-16")
    return replace(answer, body=b"\xef\xbb\xbf" + words.encode("utf-8"))


def _huge(server: Server, call: Call) -> Answer:
    answer = server(call)
    return replace(answer, body=answer.body + b" " * (64 * 1024 * 1024))


def _partial(server: Server, call: Call) -> Answer:
    """Each server has its own way of knowing only half: it reads its mood itself."""
    return server(call)


MOODS: dict[str, Callable[[Server, Call], Answer]] = {
    "down": _down,
    "slow": _slow,
    "no_access": _no_access,
    "limited": _limited,
    "wrong_schema": _wrong_schema,
    "html": _html,
    "cut": _cut,
    "odd_encoding": _odd_encoding,
    "huge": _huge,
    "partial": _partial,
}


def _told() -> dict[str, str]:
    try:
        told: dict[str, str] = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told


def _file() -> Path:
    return Path(settings.MOTCUA_HOME) / "sandbox" / "servers.json"
