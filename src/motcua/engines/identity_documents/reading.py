"""What came off a chip: its files as they are, and how it answered a challenge. The form in which readers hand it over.

A reading is JSON: `{"format": "motcua-card-1", "files": {"SOD": base64, "DG1": base64, …}, "answer": base64}`. Any
program that reads a chip after BAC or PACE can write it; nothing in it is believed before it is checked.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from motcua.engines.identity_documents.refusal import torn

FORMAT = "motcua-card-1"
LARGEST = 512 * 1024
"""Bytes of a reading as handed over. A portrait takes 15 to 40 kB."""
_NAME = re.compile(r"SOD|DG(?:[1-9]|1[0-6])")
_SHOWN = "tệp đã tải lên"


@dataclass(frozen=True, slots=True)
class Reading:
    """`files` by their names (SOD, DG1 … DG16); `answer` is the chip's signature over the challenge, or empty."""

    files: Mapping[str, bytes]
    answer: bytes = b""

    def dump(self) -> bytes:
        """The JSON that a reader hands over."""
        files = {name: base64.b64encode(content).decode("ascii") for name, content in self.files.items()}
        told = {"format": FORMAT, "files": files, "answer": base64.b64encode(self.answer).decode("ascii")}
        return json.dumps(told).encode("ascii")


def read_reading(handed: bytes) -> Reading:
    """Take what a reader's program wrote. Raises Disbelieved (torn) for anything else."""
    if len(handed) > LARGEST:
        raise torn(f"{_SHOWN} (quá {LARGEST // 1024} kB)")
    try:
        told = json.loads(handed)
        files = {str(name): _bytes(content) for name, content in told["files"].items()}
        answer = _bytes(told.get("answer") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as wrong:
        raise torn(_SHOWN) from wrong
    if told.get("format") != FORMAT or not all(_NAME.fullmatch(name) for name in files):
        raise torn(_SHOWN)
    return Reading(files, answer)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
