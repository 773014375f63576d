"""Broken, huge, nested, packed to burst: every file of a stranger gets an answer in bounded time."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from base64 import b64decode, b64encode
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines import edxml
from motcua.engines.edxml.samples import document
from motcua.engines.edxml.tests.fuzz import samples, spoil, try_out

SAMPLES = samples()
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(9))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(min_value=0))
def test_any_spoilt_message_is_refused_or_judged(name: str, seed: int) -> None:
    try_out(spoil(SAMPLES[name], seed))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused(noise: bytes) -> None:
    assert try_out(noise) == "refused"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_sound_message_of_every_form_is_good(name: str) -> None:
    assert try_out(SAMPLES[name]) == "good"


@pytest.mark.parametrize(
    "hostile",
    [
        b"<!DOCTYPE a [" + LAUGHS + b"]><edXML>&l8;</edXML>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML>&x;</edXML>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><edXML/>',
        "<edXML>".encode("utf-16"),
        b"<a>" * 100_000,
        b"<a><b/>" * 30_000 + b"</a>" * 30_000,
        b"<edXML>" + b"<x/>" * 30_000 + b"</edXML>",
        b'<?xml version="1.0" encoding="ISO-2022-JP"?><edXML/>',
        b"--x\r\n" * 50_000,
        b"Content-Type: multipart/related; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 50_000,
        b"Content-Type: multipart/related; boundary=" + b"y" * 10_000 + b"\r\n\r\n",
        b"Content-Type: multipart/related\r\n" * 30_000,
    ],
    ids=lambda each: each[:24].decode("latin-1"),
)
def test_what_is_made_to_harm_is_refused_quickly(hostile: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(edxml.EdxmlError):
        edxml.judge(hostile)
    assert time.process_time() - begun < 2


def with_archive(made: bytes) -> bytes:
    """A letter whose attachment is this archive."""
    base = document()
    return edxml.write(
        replace(base, attachments=(replace(base.attachments[0], encoded=b64encode(made).decode()),))
    )


def archive(*entries: tuple[str, bytes], level: int = 9) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as made:
        for name, content in entries:
            made.writestr(name, content)
    return box.getvalue()


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (archive(("bom.pdf", b"\0" * 60_000_000)), "attachment_bomb"),
        (archive(("a", b"1"), ("b", b"2")), "attachment_zip"),
        (archive(("../../etc/passwd", b"x")), "attachment_zip"),
        (archive(("thu-muc/", b"")), "attachment_zip"),
        (archive(("a.pdf", b"noi dung"))[:-30], "attachment_zip"),
        (archive(("a.pdf", b"noi dung" * 900))[:60] + b"rac" * 40, "attachment_zip"),
    ],
    ids=["bomb", "two", "leads elsewhere", "folder", "cut off", "rubbish"],
)
def test_an_archive_that_is_none_or_bursts_is_a_fault_of_bad_file(made: bytes, code: str) -> None:
    begun = time.process_time()
    (fault,) = edxml.judge(with_archive(made)).faults
    assert (fault.code, fault.axis) == (code, 10)
    assert time.process_time() - begun < 2


def test_an_archive_that_lies_about_its_size_bursts_no_further() -> None:
    honest = archive(("bom.pdf", b"\0" * 60_000_000))
    size = (60_000_000).to_bytes(4, "little")
    assert honest.count(size) == 2
    (fault,) = edxml.judge(with_archive(honest.replace(size, (10).to_bytes(4, "little")))).faults
    assert fault.code in ("attachment_bomb", "attachment_zip")


def test_a_certificate_with_a_name_that_is_none_cannot_be_checked() -> None:
    signed = SAMPLES["document"].decode()
    before, _, rest = signed.partition("<ds:X509Certificate>")
    encoded, _, after = rest.partition("</ds:X509Certificate>")
    damaged = b64encode(
        b64decode(encoded).replace("phường".encode(), b"\xff" * len("phường".encode()))
    ).decode()
    judged = edxml.judge(f"{before}<ds:X509Certificate>{damaged}</ds:X509Certificate>{after}".encode())
    assert judged.signature.state == "unreadable"


@pytest.mark.soak
def test_ten_thousand_spoilt_messages_are_answered() -> None:
    names = sorted(SAMPLES)
    became = Counter(try_out(spoil(SAMPLES[names[seed % len(names)]], seed)) for seed in range(10_000))
    print(dict(became))
    assert set(became) == {"refused", "with faults", "good"}


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="atheris runs on Linux only")
def test_atheris_finds_no_file_that_is_not_answered(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "motcua.engines.edxml.tests.fuzz", str(tmp_path / "corpus"), "-runs=100000",
         "-max_total_time=60", "-rss_limit_mb=2048", f"-artifact_prefix={tmp_path}/"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    print(done.stderr[-600:])
    assert done.returncode == 0, done.stderr[-3000:]
