"""Reading the log: records one by one, the container of a message, and whether all of it is what it was."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha512
from pathlib import Path
from typing import NamedTuple

from motcua.engines.asice import (
    DataRef,
    MessageStamp,
    SignedMessage,
    build_chains,
    build_message_container,
    chain_result,
    chain_top,
)
from motcua.engines.asice.batch import SIGNATURE_CHAIN
from motcua.gateway.batches import Batch, BatchError, Form, Message, unpack
from motcua.gateway.seals import Profile, SealError, read_profile
from motcua.gateway.segments import HEADER, Kind, find_tail, segments_of
from motcua.gateway.stamping import Signature, Stamped


class Entry(NamedTuple):
    """One committed record."""

    segment: int
    offset: int
    kind: Kind
    payload: bytes


def read_segment(path: Path) -> bytes:
    """A segment's bytes, archived or not."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def segment_records(number: int, data: bytes, end: int) -> Iterator[Entry]:
    place = 0
    while place < end:
        length, kind = HEADER.unpack_from(data, place)
        start = place + HEADER.size
        if kind != Kind.LINK:
            yield Entry(number, place, Kind(kind), data[start : start + length])
        place = start + length


def committed(folder: Path, first: int = 0) -> Iterator[Entry]:
    """Committed records of all segments from `first` on. A torn tail is left out."""
    for number, path in segments_of(folder):
        if number < first:
            continue
        data = read_segment(path)
        before = link_before(data)
        if before is not None:
            yield from segment_records(number, data, find_tail(data, before).offset)


def link_before(data: bytes) -> bytes | None:
    """What a segment says of the one before it; None when it says nothing."""
    if len(data) < HEADER.size:
        return None
    length, kind = HEADER.unpack_from(data)
    if kind != Kind.OPEN or HEADER.size + length > len(data):
        return None
    return bytes.fromhex(json.loads(data[HEADER.size : HEADER.size + length])["before"])


def leaves_of(batch: Batch) -> list[tuple[bytes, ...]]:
    """Digests of each message's files."""
    return [_leaf(each) for each in batch.messages]


def _leaf(message: Message) -> tuple[bytes, ...]:
    head = sha512(message.head).digest()
    if message.form is Form.NONE:
        return (head,)
    return (head, message.body if message.form is Form.ELSEWHERE else sha512(message.body).digest())


class Logged(NamedTuple):
    """A batch of the log with who signed it."""

    entry: Entry
    batch: Batch
    profile: Profile


def batches(entries: Iterator[Entry]) -> Iterator[Logged]:
    profiles: dict[int, Profile] = {}
    for each in entries:
        if each.kind is Kind.PROFILE:
            profile = read_profile(each.payload)
            profiles[profile.key] = profile
        elif each.kind is Kind.BATCH:
            batch = unpack(each.payload)
            yield Logged(each, batch, profiles[batch.profile])


def unstamped(folder: Path) -> Iterator[Signature]:
    """Signatures that no time-stamp of the log covers."""
    return (signature for _, signature in _unstamped(committed(folder)))


def unstamped_in(folder: Path, segment: int) -> bool:
    """Whether a signature of this segment still waits for its time-stamp."""
    return any(number == segment for number, _ in _unstamped(committed(folder, segment)))


def _unstamped(entries: Iterator[Entry]) -> Iterator[tuple[int, Signature]]:
    stamped: set[bytes] = set()
    found: list[tuple[int, Signature]] = []
    profiles: dict[int, Profile] = {}
    for each in entries:
        if each.kind is Kind.STAMP:
            stamped.update(Stamped.unpack(each.payload).digests)
        elif each.kind is Kind.PROFILE:
            profile = read_profile(each.payload)
            profiles[profile.key] = profile
        elif each.kind is Kind.BATCH:
            batch = unpack(each.payload)
            top = chain_top(leaves_of(batch))
            found.append((each.segment, Signature(profiles[batch.profile], top, batch.at, batch.value)))
    return ((number, each) for number, each in found if each.digest() not in stamped)


# ---- containers


@dataclass(frozen=True, slots=True)
class Container:
    """One message as ASiC-E."""

    query_id: str
    is_answer: bool
    content: bytes
    stamped: bool

    @property
    def name(self) -> str:
        return f"{self.query_id}-{'response' if self.is_answer else 'request'}.asice"


def containers(folder: Path, query_id: str, subsystem: str = "") -> list[Container]:
    """All messages of a query, each with its proofs; with `subsystem` only those it sent or received."""
    mark = query_id.encode("latin-1", "replace")
    found: list[tuple[Logged, int]] = []
    stamps: list[Stamped] = []
    needle = mark + b"\r\n"
    for number, path in segments_of(folder):
        data = read_segment(path)
        has = needle in data
        if not has and not found:
            continue
        before = link_before(data)
        if before is None:
            continue
        entries = list(segment_records(number, data, find_tail(data, before).offset))
        stamps += [Stamped.unpack(each.payload) for each in entries if each.kind is Kind.STAMP]
        if has:
            for logged in batches(iter(entries)):
                found += [
                    (logged, place)
                    for place, message in enumerate(logged.batch.messages)
                    if header_of(message.head, b"x-road-id") == mark and _concerns(message, subsystem)
                ]
    return [_container(query_id, logged, place, stamps) for logged, place in found]


def header_of(head: bytes, name: bytes) -> bytes:
    """The last value of a header in a message's head."""
    found = b""
    for line in head.split(b"\r\n")[2:]:
        told, _, value = line.partition(b":")
        if told.lower() == name:
            found = value.strip()
    return found


def _concerns(message: Message, subsystem: str) -> bool:
    if not subsystem:
        return True
    wanted = subsystem.encode()
    service = header_of(message.head, b"x-road-service") or message.head.split(b"\r\n", 2)[1][4:]
    return header_of(message.head, b"x-road-client") == wanted or service.startswith(wanted + b"/")


def _container(query_id: str, logged: Logged, place: int, stamps: list[Stamped]) -> Container:
    batch, profile = logged.batch, logged.profile
    leaves = leaves_of(batch)
    refs = [
        [DataRef("message.xml", leaf[0]), *(DataRef("attachment1", each) for each in leaf[1:])]
        for leaf in leaves
    ]
    top, chains = build_chains(refs)
    xml = profile.xml(top, batch.at, batch.value)
    signed = SignedMessage(xml, chain_result(top, SIGNATURE_CHAIN), chains[place].encode())
    digest = sha512(xml).digest()
    stamp: MessageStamp | None = next(
        (each.stamp_of(digest) for each in stamps if digest in each.digests), None
    )
    message = batch.messages[place]
    attachments = [message.body] if message.form is Form.INLINE else []
    content = build_message_container(message.head, attachments, signed, stamp)
    return Container(query_id, message.is_answer, content, stamp is not None)


# ---- verification


@dataclass
class Verdict:
    """What a look through the whole log found."""

    segments: int = 0
    groups: int = 0
    requests: int = 0
    answers: int = 0
    signatures: int = 0
    stamped: int = 0
    torn: int = 0
    """Bytes behind the last committed group: a crash's, never answered."""
    faults: list[str] = field(default_factory=list)
    query_ids: set[bytes] = field(default_factory=set)
    """Of answers."""
    last_link: str = ""
    """To be compared with one noted elsewhere: who cuts the log off at its end changes it."""

    @property
    def good(self) -> bool:
        return not self.faults


def verify_log(folder: Path, first_link: bytes | None = None) -> Verdict:
    """Check links from group to group and segment to segment, and every signature."""
    verdict = Verdict()
    digests: set[bytes] = set()
    stamps: list[Stamped] = []
    link: bytes | None = first_link
    found = segments_of(folder)
    for place, (number, path) in enumerate(found):
        if place and number != found[place - 1][0] + 1:
            verdict.faults.append(f"{path.name}: the segment before it is missing")
        data = read_segment(path)
        before = link_before(data)
        if before is None:
            verdict.faults.append(f"{path.name}: it does not begin as a segment does")
            continue
        if link is not None and before != link:
            verdict.faults.append(f"{path.name}: it does not follow on the segment before")
        tail = find_tail(data, before)
        link = tail.link
        rest = data[tail.offset :].rstrip(b"\0")
        if rest and tail.closed:
            verdict.faults.append(f"{path.name}: {len(rest)} bytes after its end")
        elif place + 1 < len(found) and not tail.closed:
            verdict.faults.append(f"{path.name}: it was changed or cut at byte {tail.offset}")
        verdict.torn += len(rest)
        verdict.segments += 1
        _verify_segment(verdict, number, path.name, data, tail.offset, digests, stamps)
    verdict.last_link = link.hex() if link else ""
    verdict.stamped = len(digests & {digest for each in stamps for digest in each.digests})
    return verdict


def _verify_segment(
    verdict: Verdict,
    number: int,
    name: str,
    data: bytes,
    end: int,
    digests: set[bytes],
    stamps: list[Stamped],
) -> None:
    profiles: dict[int, Profile] = {}
    for each in segment_records(number, data, end):
        try:
            if each.kind is Kind.PROFILE:
                profile = read_profile(each.payload)
                profiles[profile.key] = profile
            elif each.kind is Kind.STAMP:
                stamps.append(Stamped.unpack(each.payload))
            elif each.kind is Kind.BATCH:
                batch = unpack(each.payload)
                profile = profiles[batch.profile]
                top = chain_top(leaves_of(batch))
                profile.check(top, batch.at, batch.value)
                verdict.signatures += 1
                digests.add(sha512(profile.xml(top, batch.at, batch.value)).digest())
                for message in batch.messages:
                    if message.is_answer:
                        verdict.answers += 1
                        verdict.query_ids.add(header_of(message.head, b"x-road-id"))
                    else:
                        verdict.requests += 1
        except (BatchError, SealError, ValueError, KeyError) as error:
            verdict.faults.append(f"{name}, byte {each.offset}: {error}")
