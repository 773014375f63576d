"""Heads as another gateway signed them: whatever would make a reader see another message is refused."""

from __future__ import annotations

import pytest

from motcua.gateway.faults import Fault
from motcua.gateway.heads import about_exchange, new_id, read_answer, read_request

LAST = b"X-Road-Client:DEV/COM/1/a\r\nX-Road-Id:q-1\r\nX-Road-Request-Id:r-1\r\n"
ABOUT = about_exchange(b"q-1", b"DEV/COM/1/a", b"DEV/COM/2/b/c", b"r-1", b"hash")


def test_a_request_is_read_as_it_was_signed() -> None:
    head = b"POST\r\n/r1/DEV/COM/2/b/c/x?y=%20\r\nAccept:text/plain\r\nX-Motcua-Purpose: birth\r\n" + LAST
    read = read_request(head)
    assert (read.method, read.target, read.purpose) == (b"POST", b"/r1/DEV/COM/2/b/c/x?y=%20", b"birth")
    assert (read.client, read.query_id, read.request_id) == (b"DEV/COM/1/a", b"q-1", b"r-1")
    assert read.lines == b"Accept:text/plain\r\nX-Motcua-Purpose: birth\r\n" + LAST
    assert read_request(b"GET\r\n/r1/x\r\n" + LAST).purpose == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET\r\n/x\r\nX-Road-Client:DEV/COM/9/spoofed\r\n" + LAST,
        b"GET\r\n/x\r\nx-road-id:another\r\n" + LAST,
        b"GET\r\n/x\r\nContent-Length:7\r\n" + LAST,
        b"GET\r\n/x\r\nTransfer-Encoding:chunked\r\n" + LAST,
        b"GET\r\n/x\r\nHost:elsewhere\r\n" + LAST,
        b"GET\r\n/x\r\nX-A:1\nX-B:2\r\n" + LAST,
        b"GET\r\n/x\r\nX-A:1\rX-B:2\r\n" + LAST,
        b"GET\r\n/x\r\nno colon\r\n" + LAST,
        b"GET\r\n/x\r\nX A:1\r\n" + LAST,
        b"GET\r\n/x y\r\n" + LAST,
        b"GET\r\n/x\nHost:a\r\n" + LAST,
        b"G T\r\n/x\r\n" + LAST,
        b"GET\r\n/x\r\n" + LAST + b"X-More:1\r\n",
        b"GET\r\n/x\r\n" + LAST.replace(b"q-1", b"q 1"),
        b"GET\r\n/x\r\n" + LAST.replace(b"X-Road-Id", b"X-Road-ID"),
        b"GET\r\n/x\r\nX-A:1" + LAST,
        b"GET\r\n/x\r\n",
        b"",
    ],
)
def test_a_request_that_could_be_another_is_refused(head: bytes) -> None:
    with pytest.raises(Fault) as refused:
        read_request(head)
    assert refused.value.code == "Server.ServerProxy.InvalidMessage"


def test_an_answer_is_read_as_it_was_signed() -> None:
    read = read_answer(b"200\r\nAll right\r\nContent-Type:a/b\r\nDate:now\r\n" + ABOUT, ABOUT)
    assert read is not None
    assert (read.status, read.has_date) == (200, True)
    assert read.http == b"HTTP/1.1 200 All right\r\nContent-Type:a/b\r\nDate:now\r\n"
    bare = read_answer(b"204\r\n\r\n" + ABOUT, ABOUT)
    assert bare is not None
    assert (bare.http, bare.has_date) == (b"HTTP/1.1 204 \r\n", False)


@pytest.mark.parametrize(
    "head",
    [
        b"200\r\nOK\r\nContent-Length:9\r\n" + ABOUT,
        b"200\r\nOK\r\nX-Road-Error:mine\r\n" + ABOUT,
        b"200\r\nOK\r\nx-road-id:another\r\n" + ABOUT,
        b"200\r\nOK\r\nX-A:1\nX-B:2\r\n" + ABOUT,
        b"200\r\nOK\r\nX-A:1" + ABOUT,
        b"600\r\nOK\r\n" + ABOUT,
        b"200\r\nO\0K\r\n" + ABOUT,
        b"200\r\nOK\r\n" + ABOUT.replace(b"q-1", b"q-2"),
        b"200\r\nOK\r\n" + ABOUT[:-2],
        ABOUT,
    ],
)
def test_an_answer_that_could_be_another_is_refused(head: bytes) -> None:
    assert read_answer(head, ABOUT) is None


def test_ids_are_random_uuids() -> None:
    import uuid

    drawn = {new_id() for _ in range(1_000)}
    assert len(drawn) == 1_000
    assert all(uuid.UUID(each.decode()).version == 4 for each in drawn)
    assert all(uuid.UUID(each.decode()).variant == uuid.RFC_4122 for each in drawn)
