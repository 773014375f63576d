"""Header lines of clients and services: which of them travel, and what the gateway reads of them.

Systems send the same lines again and again, and often all of them: a line is judged once, and so is a whole head, and
the judgement is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from motcua.gateway.faults import at_provider, bad_request

Header = tuple[bytes, bytes]
_Judgement = TypeVar("_Judgement")

DROPPED = frozenset(
    b"transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection user-agent "
    b"host content-length server expect".split()
)
"""Never passed on, in either direction (X-Road's list)."""
ANSWERS = frozenset(b"x-road-id x-road-client x-road-service x-road-request-id x-road-request-hash".split())
"""What the provider's gateway says of the exchange; a service cannot."""
REPLACED = frozenset((b"x-road-request-id", b"x-road-request-hash"))
"""Of requests: the gateway writes its own."""
_LEFT_OUT_OF_ANSWERS = DROPPED | ANSWERS | {b"x-road-error"}
_PLAIN_CONNECTION = (b"keep-alive", b"close")
_CRLF = re.compile(rb"[\r\n]")
_PLAIN_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")

TRAVELS, LEFT_OUT, ACCEPT, PURPOSE, CLIENT, ID, LENGTH, CONNECTION, CODING, ODD, FOLDED = range(11)
"""What a header line is for the gateway; ODD is what only a parser should judge."""
_OF_REQUESTS = {
    **dict.fromkeys(DROPPED | REPLACED, LEFT_OUT),
    b"accept": ACCEPT,
    b"x-motcua-purpose": PURPOSE,
    b"x-road-client": CLIENT,
    b"x-road-id": ID,
    b"content-length": LENGTH,
    b"transfer-encoding": CODING,
    b"expect": CODING,
    b"upgrade": CODING,
}
_OF_ANSWERS = {
    **dict.fromkeys(_LEFT_OUT_OF_ANSWERS, LEFT_OUT),
    b"content-length": LENGTH,
    b"transfer-encoding": CODING,
}


class Remembered(dict[bytes, _Judgement]):
    """Judgements of texts of up to `longest` bytes; forgotten all at once when there are more than `most`."""

    def __init__(self, judge: Callable[[bytes], _Judgement], most: int = 4_096, longest: int = 512) -> None:
        super().__init__()
        self._judge = judge
        self._most = most
        self._longest = longest

    def __missing__(self, text: bytes) -> _Judgement:
        judgement = self._judge(text)
        if len(text) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[text] = judgement
        return judgement


def remembered_heads(judge: Callable[[bytes], _Judgement]) -> Remembered[_Judgement]:
    """Judgements of whole heads: fewer and longer ones than those of lines."""
    return Remembered(judge, most=1_024, longest=2_048)


def _judge_by(names: dict[bytes, int]) -> Callable[[bytes], tuple[int, bytes]]:
    def judge(line: bytes) -> tuple[int, bytes]:
        """(what it is, `Name:Value CRLF` where it travels, else its value)."""
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        small = name.lower()
        if not _PLAIN_LINE.fullmatch(line):
            return (FOLDED if _CRLF.search(line) else ODD), line
        if small == b"connection":
            option = value.lower()
            return (LEFT_OUT if option == b"keep-alive" else CONNECTION), option
        kind = names.get(small, TRAVELS)
        if kind in (TRAVELS, ACCEPT, PURPOSE):
            return kind, b"%b:%b\r\n" % (name, value)
        return kind, value

    return judge


_requests = Remembered(_judge_by(_OF_REQUESTS))
_answers = Remembered(_judge_by(_OF_ANSWERS))


def lines_of(headers: Iterable[Header]) -> list[bytes]:
    """Headers as a parser tells them, as lines."""
    return [b"%b:%b" % each for each in headers]


def last_value(headers: Iterable[Header], name: bytes) -> bytes:
    """The last value of a header by its small name; empty when it is absent."""
    found = b""
    for each, value in headers:
        if each.lower() == name:
            found = value
    return found


class Travelling(NamedTuple):
    """What of a client's headers goes on, and what the gateway reads of them."""

    lines: bytes
    """`Name:Value CRLF` each, an Accept among them."""
    client: bytes
    query_id: bytes
    purpose: bytes
    accept: bytes
    length: bytes
    """Of the body as told; empty when it is not."""
    is_plain: bool
    """Nothing of the head says anything about the connection or the coding of the body but one length."""


def travelling(lines: Iterable[bytes]) -> Travelling:
    """Hop-by-hop headers, and those of which the gateway writes its own, are left out. Of several with the same name
    the last counts. Raises Fault for folded ones."""
    travel: list[bytes] = []
    client = query_id = purpose = accept = length = b""
    is_plain = True
    named: list[bytes] = []
    for line in lines:
        kind, text = _requests[line]
        if kind == TRAVELS:
            travel.append(text)
        elif kind == LEFT_OUT:
            continue
        elif kind == CLIENT:
            client = text
        elif kind == ACCEPT:
            travel.append(text)
            accept = text[7:-2] or b"*/*"
        elif kind == ID:
            query_id = text
        elif kind == LENGTH:
            is_plain = is_plain and bool(text) and not length
            length = text
        elif kind == PURPOSE:
            travel.append(text)
            purpose = text.partition(b":")[2][:-2]
        elif kind == FOLDED:
            raise bad_request("headers on several lines are not taken (RFC 9112 section 5.2)")
        else:
            is_plain = False
            if kind == CONNECTION:
                named.append(text)
    if named:
        travel = _without_named(travel, named)
    if not accept:
        travel.append(b"Accept:application/json\r\n")
    return Travelling(b"".join(travel), client, query_id, purpose, accept, length, is_plain)


class AnswerLines(NamedTuple):
    """What of a service's headers goes on."""

    lines: bytes
    """`Name:Value CRLF` each."""
    length: bytes
    """Of the body as told, once; empty when it is not."""
    is_plain: bool
    """Nothing of the head says anything about the connection or the coding of the body but one length."""


def answering(lines: Iterable[bytes]) -> AnswerLines:
    """Hop-by-hop headers and what only gateways say are left out. Raises Fault for folded ones."""
    travel: list[bytes] = []
    length = b""
    is_plain = True
    named: list[bytes] = []
    for line in lines:
        kind, text = _answers[line]
        if kind == TRAVELS:
            travel.append(text)
        elif kind == LENGTH:
            is_plain = is_plain and bool(text) and not length
            length = text
        elif kind == FOLDED:
            raise at_provider("ServiceFailed.HttpError", "the service answers with a folded header")
        elif kind != LEFT_OUT:
            is_plain = False
            if kind == CONNECTION:
                named.append(text)
    if named:
        travel = _without_named(travel, named)
    return AnswerLines(b"".join(travel), length, is_plain)


def _without_named(travel: list[bytes], options: Iterable[bytes]) -> list[bytes]:
    """Headers that `Connection` names end at this hop (RFC 9110 section 7.6.1)."""
    named = {each.strip() for option in options for each in option.split(b",")}.difference(_PLAIN_CONNECTION)
    return [each for each in travel if each.partition(b":")[0].lower() not in named]
