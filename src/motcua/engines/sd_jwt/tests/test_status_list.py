"""Status lists, with the examples of the draft (sections 4.1 and 4.2)."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from joserfc.jwk import ECKey

from motcua.engines import sd_jwt
from motcua.engines.sd_jwt import SdJwtError, StatusList
from motcua.engines.sd_jwt.signed import b64

NOW, URI = 1_790_000_000, "https://xa.example/tt/1"
KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


def filled(bits: int, statuses: list[int]) -> StatusList:
    made = StatusList(len(statuses), bits)
    for index, status in enumerate(statuses):
        made[index] = status
    return made


def token(statuses: StatusList, **more: Any) -> str:
    given = {"uri": URI, "at": NOW, "ttl": 300, "exp": NOW + 600, **more}
    return sd_jwt.status_token(statuses, KEY, **given)


def read(text: str, *, uri: str = URI, now: int = NOW, key: ECKey = KEY) -> sd_jwt.StatusToken:
    return sd_jwt.read_status_token(text, lambda header, payload: key, uri=uri, now=now)


@pytest.mark.parametrize(("bits", "statuses", "packed"), [(1, ONE_BIT, "b9a3"), (2, TWO_BITS, "c944f9")])
def test_the_draft_s_examples_are_packed_as_it_says(bits: int, statuses: list[int], packed: str) -> None:
    made = filled(bits, statuses)
    assert bytes(made._bytes).hex() == packed
    assert [made[index] for index in range(len(statuses))] == statuses


def test_the_draft_s_compressed_list_is_read() -> None:
    read_back = StatusList.from_json({"bits": 1, "lst": "eNrbuRgAAhcBXQ"})
    assert [read_back[index] for index in range(16)] == ONE_BIT


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_every_width_keeps_its_statuses(bits: int) -> None:
    statuses = [index % (1 << bits) for index in range(64)]
    again = StatusList.from_json(filled(bits, statuses).to_json())
    assert [again[index] for index in range(64)] == statuses


def test_a_hundred_thousand_valid_credentials_take_a_few_hundred_bytes() -> None:
    assert len(StatusList(131_072, 2).to_json()["lst"]) < 400


def test_a_signed_list_tells_who_is_withdrawn() -> None:
    statuses = StatusList(16, 2)
    statuses[5] = sd_jwt.INVALID
    told = read(token(statuses))
    assert (told.statuses[5], told.statuses[4]) == (sd_jwt.INVALID, sd_jwt.VALID)
    assert told.ttl == 300
    assert told.exp == NOW + 600


def test_a_list_is_taken_only_whole_signed_fresh_and_from_its_address() -> None:
    text = token(StatusList(8))
    later = token(StatusList(8), at=NOW + 3600)
    for arguments in (
        {"text": text, "key": OTHER},
        {"text": text, "uri": f"{URI}0"},
        {"text": text, "now": NOW + 3600},
        {"text": token(StatusList(8), header={"typ": "JWT"})},
        {"text": later},
        {"text": token(StatusList(8), ttl=0)},
    ):
        with pytest.raises(SdJwtError):
            read(**arguments)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"bits": 3, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": True, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": 1, "lst": "AAAA"},
        {"bits": 1, "lst": "eNrbuRgAAhc"},
        {"bits": 1, "lst": b64(zlib.compress(bytes(17 * 2**20)))},
    ],
)
def test_what_is_no_list_is_refused(value: Any) -> None:
    with pytest.raises(SdJwtError) as wrong:
        StatusList.from_json(value)
    assert wrong.value.code == "status"


def test_a_place_outside_the_list_has_no_status() -> None:
    statuses = StatusList(8)
    for index in (8, -1):
        with pytest.raises(SdJwtError):
            statuses[index]
    with pytest.raises(SdJwtError):
        statuses[0] = 2
