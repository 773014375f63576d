"""A file from a stranger: whatever it is, an EdxmlError or a verdict, in bounded time; what reads without a fault is
written and read again alike.

`python -m motcua.engines.edxml.tests.fuzz CORPUS -runs=10000` lets atheris change the files of a folder (Linux only).
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import time
from pathlib import Path

from motcua.engines import edxml
from motcua.engines.edxml.samples import document, signer, status
from motcua.engines.edxml.tests.test_packages import package, signed_envelope

LONGEST = 2.0
"""Seconds of this process for one small file."""
_WATCHED = ("motcua.engines.edxml", "motcua.engines.xmldsig")
_PIECES = (
    b"<", b">", b"</", b"/>", b"&#0;", b"&lt;", b"&x;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml?>",
    b"<!DOCTYPE a>", b'xmlns=""', b'xmlns:edXML="x"', b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"UEsDB", b"\\",
    b"\r\n--ranh-gioi", b"\r\n\r\n", b"====", b"99999999999999999999", b"2026/02/30", b"9999/12/31 23:59:59",
    b"0001-01-01T00:00:00+23:59", b"%00",
)  # fmt: skip


def samples() -> dict[str, bytes]:
    """Sound messages of every form, to be spoilt."""
    seal = signer("Ủy ban nhân dân phường Phan Đình Phùng", "H55.237")
    return {
        "document": edxml.write(document(), seal),
        "unsigned": edxml.write(document()),
        "status": edxml.write(status(), signer("Sở Tư pháp", "H55.03")),
        "package": package(),
        "signed-package": package(signed_envelope(), encoding="base64"),
    }


def spoil(source: bytes, seed: int) -> bytes:
    """The file with some of its bytes changed, doubled, moved or left out; the same for the same seed."""
    chance = random.Random(seed)
    made = bytearray(source)
    for _ in range(chance.randint(1, 6)):
        begin = chance.randrange(len(made) + 1)
        end = min(len(made), begin + chance.choice((1, 4, 30, 400)))
        piece = bytes(made[begin:end])
        act = chance.randrange(5)
        if act == 0:
            made[begin:end] = chance.choice(_PIECES)
        elif act == 1:
            made[begin:begin] = piece * chance.choice((1, 2, 20))
        elif act == 2:
            del made[begin:end]
        elif act == 3:
            made[begin:end] = chance.randbytes(len(piece))
        else:
            at = chance.randrange(len(made) + 1)
            made[at:at] = piece
        if len(made) > 200_000:
            break
    return bytes(made)


def try_out(source: bytes) -> str:
    """What becomes of a file: refused, with faults, or good. Lets nothing through but an EdxmlError."""
    begun = time.process_time()
    judged, findings = _judged(source)
    assert time.process_time() - begun < LONGEST, "a small file holds nobody up"
    for each in findings:
        assert each.line_of_text("vi")
        assert each.line_of_text("en")
    if judged is None:
        assert findings
        return "refused"
    assert edxml.from_json(json.loads(json.dumps(edxml.as_json(judged.message)))) == judged.message
    if judged.faults:
        return "with faults"
    _write_again(judged.message)
    return "good"


def _judged(source: bytes) -> tuple[edxml.Judged | None, tuple[edxml.Finding, ...]]:
    try:
        judged = edxml.judge(source)
    except edxml.EdxmlError as refused:
        return None, refused.findings
    return judged, judged.findings


def _write_again(message: edxml.Message) -> None:
    try:
        written = edxml.write(message)
    except edxml.EdxmlError:
        return  # the signature that came along may be none that can stand in a file
    again = edxml.read(written).message
    assert again.header == message.header, "what is written says what was read"


def main(arguments: list[str]) -> None:
    """Hand over to atheris; it spoils sound files by our ways of spoiling and by its own."""
    import atheris

    for name in [each for each in sys.modules if each.startswith(_WATCHED)]:
        del sys.modules[name]
    with atheris.instrument_imports(include=list(_WATCHED)):
        watched = importlib.import_module("motcua.engines.edxml.tests.fuzz")

    def change(source: bytes, most: int, seed: int) -> bytes:
        spoiled = spoil(source, seed) if seed % 4 else source
        if spoiled == source or len(spoiled) > most:
            return bytes(atheris.Mutate(source, most))
        return spoiled

    def one(source: bytes) -> None:
        watched.try_out(bytes(source))

    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in samples().items():
        (folder / name).write_bytes(content)
    atheris.Setup([sys.argv[0], *arguments], one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
