"""One appointment as an iCalendar file (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

LINE = 75
"""Octets of a content line, before it is folded (RFC 5545 §3.1)."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment (aware); a reminder comes a day before."""

    uid: str
    at: dt.datetime
    title: str
    text: str
    place: str
    made: dt.datetime


def calendar(event: Event) -> str:
    """The file's text, with CRLF line ends and folded lines."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Motcua//VI",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_moment(event.made)}",
        f"DTSTART:{_moment(event.at)}",
        "DURATION:PT0S",
        f"SUMMARY:{_text(event.title)}",
        f"DESCRIPTION:{_text(event.text)}",
        f"LOCATION:{_text(event.place)}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(event.title)}",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """TEXT values escape backslash, semicolon, comma and line end (RFC 5545 §3.3.11)."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Long lines go on after a CRLF and a space; a letter is never split."""
    parts, part, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > LINE:
            parts.append(part)
            part, size = " ", 1
        part, size = part + letter, size + octets
    return "\r\n".join([*parts, part])
