"""Damaged at random: verification answers with a verdict, whatever the bytes."""

import random
import re
from base64 import b64decode, b64encode

import pytest

from motcua.engines.asice import build_container, read_zip, verify_container, write_zip
from motcua.engines.pki.tests.house import NOW, House
from motcua.engines.trust_lists import Evidence, Roots
from motcua.engines.xades import Claims, archive, embed_evidence, sign, verify_document
from motcua.engines.xades import sign_document as sign_xml
from motcua.engines.xmldsig import signer_for

FILES = {"quyết định.txt": "Điều 1".encode(), "phụ lục.csv": b"a;b"}


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def damaged(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        place, other = chance.randrange(len(broken)), chance.randrange(len(broken))
        size = chance.randint(1, 40)
        piece = chance.choice((b"", bytes([chance.randrange(256)]), bytes(broken[other : other + size])))
        broken[place : place + chance.choice((0, len(piece), size))] = piece
        broken = broken or bytearray(b"x")
    return bytes(broken)


def damaged_inside(document: bytes, chance: random.Random) -> bytes:
    """One of the values in base64: certificates, tokens, responses."""
    value = chance.choice(list(re.finditer(rb">([A-Za-z0-9+/=]{60,})<", document)))
    broken = b64encode(damaged(b64decode(value.group(1)), chance))
    return document[: value.start(1)] + broken + document[value.end(1) :]


@pytest.mark.parametrize("seed", range(6))
def test_xml_signatures_get_a_verdict(house: House, seed: int) -> None:
    chance, trust = random.Random(seed), Roots((house.root.certificate,))
    signer = signer_for(house.officer, house.officer_key, chain=house.chain)
    document = sign_xml("<a><b>đất</b></a>".encode(), signer, Claims(NOW), timestamp=house.tsa.stamp)
    document = archive(
        embed_evidence(document, Evidence(house.chain, tuple(house.ocsps(NOW)))), house.tsa.stamp
    )
    assert verify_document(document, trust, now=NOW)[0].valid
    for _ in range(40):
        broken = chance.choice((damaged, damaged_inside))(document, chance)
        for report in verify_document(broken, trust, now=NOW):
            if report.valid and report.parts:
                assert "đất".encode() in report.parts[0].content
            assert report.valid or report.reasons


@pytest.mark.parametrize("seed", range(4))
def test_containers_get_a_verdict(house: House, seed: int) -> None:
    chance, trust = random.Random(seed), Roots((house.root.certificate,))
    signer = signer_for(house.officer, house.officer_key, chain=house.chain)
    made = sign(
        FILES, signer, Claims(NOW), timestamp=house.tsa.stamp, evidence=Evidence((), tuple(house.ocsps(NOW)))
    )
    container = build_container(FILES, [made.xml])
    assert verify_container(container, trust, now=NOW).valid
    for _ in range(30):
        files = read_zip(container)
        mimetype = files.pop("mimetype").decode()
        name = chance.choice(list(files))
        files[name] = damaged(files[name], chance)
        broken = write_zip(mimetype, files)
        report = verify_container(
            broken if chance.random() < 0.7 else damaged(container, chance), trust, now=NOW
        )
        assert report.valid or report.reason
        if report.valid:
            assert set(report.files) == set(FILES)
