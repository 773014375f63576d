"""A log's tree in the database: leaves as rows, full tiles of 256 hashes; nothing is ever read as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from motcua.core.ledger.models import LogName
from motcua.engines import merkle
from motcua.engines.merkle.tiles import LoadTile

Proof = TypeVar("Proof")
TILES_READ = """
select wanted.level, wanted.index, coalesce(
    (select hashes from ledger_logtile as tile
      where tile.log = %(log)s and tile.level = wanted.level and tile.index = wanted.index),
    case when wanted.level = 0 then
      (select string_agg(leaf, ''::bytea order by entry.index) from ledger_logentry as entry
        where entry.log = %(log)s and entry.index >= wanted.index * 256 and entry.index < wanted.index * 256 + 256)
    else
      (select string_agg(root, ''::bytea order by below.index) from ledger_logtile as below
        where below.log = %(log)s and below.level = wanted.level - 1
          and below.index >= wanted.index * 256 and below.index < wanted.index * 256 + 256)
    end)
  from unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) as wanted (level, index)
"""
PLACE_OF_LEAF = """
with alike as materialized (
  select log, index, leaf from ledger_logentry
   where substring(leaf, 1, 8)::bigint = substring(%(leaf)s::bytea, 1, 8)::bigint
)
select min(index) from alike where leaf = %(leaf)s and log = %(log)s and index < %(size)s
"""
"""Materialized, so that the first place is never sought by walking along the log."""
LEAVES_IN_PLACE = """
insert into ledger_logentry (log, index, leaf, submission_id, event_id, at)
select %(log)s, %(size)s + place - 1, substring(given.leaves from (place * 32 - 31)::int for 32),
       submission, event, %(at)s
  from (values (%(leaves)s::bytea)) as given (leaves),
       unnest(%(submissions)s::bigint[], %(events)s::bigint[]) with ordinality as row (submission, event, place)
"""
TILES_IN_PLACE = """
insert into ledger_logtile (log, level, index, hashes, root)
select %s, level, index, hashes, root
  from unnest(%s::smallint[], %s::bigint[], %s::bytea[], %s::bytea[]) as tile (level, index, hashes, root)
"""


def place_of(log: LogName, leaf: bytes, size: int) -> int | None:
    """Where this leaf hash stands first among the first `size` entries; None when it does not."""
    if len(leaf) != merkle.HASH_SIZE:
        return None
    with connection.cursor() as cursor:
        cursor.execute(PLACE_OF_LEAF, {"log": log, "leaf": leaf, "size": size})
        found: int | None = cursor.fetchone()[0]
        return found


def proved(log: LogName, proof: Callable[[merkle.GetHash], Proof]) -> Proof:
    """What `proof` makes of the stored nodes. It is asked twice: first to learn which tiles it needs, all of which
    one statement then reads, and again with their hashes. Raises LookupError when one is not stored.
    """
    wanted: dict[tuple[int, int], None] = {}

    def note(level: int, index: int) -> bytes:
        wanted[merkle.Reader.tile_of(level, index)] = None
        return bytes(merkle.HASH_SIZE)

    proof(note)
    tiles = _tiles(log, list(wanted))
    return proof(merkle.Reader(lambda level, index: tiles[level, index]).get)


def loader(log: LogName) -> LoadTile:
    """Read a tile: a full one as its row, one that is not full yet from its leaves or lower roots."""
    return lambda level, index: _tiles(log, [(level, index)])[level, index]


def _tiles(log: LogName, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    if not places:
        return {}
    levels, indexes = zip(*places, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(TILES_READ, {"log": log, "levels": list(levels), "indexes": list(indexes)})
        return {(level, index): bytes(hashes or b"") for level, index, hashes in cursor.fetchall()}


def append(
    log: LogName,
    size: int,
    root: bytes,
    leaves: Sequence[bytes],
    *,
    submissions: Sequence[int | None],
    events: Sequence[int | None],
    at: Any,
) -> merkle.Tree:
    """Place leaf hashes after the first `size`, whose root is `root`; returns the right edge of the grown tree.

    Raises ValueError when what is stored does not lead to that root.
    """
    edge = merkle.Edge.of_size(size, loader(log))
    if edge.root() != root:
        raise ValueError("the stored hashes do not lead to the root that was signed")
    tiles = edge.append(leaves)
    with connection.cursor() as cursor:
        cursor.execute(
            LEAVES_IN_PLACE,
            {
                "log": log,
                "size": size,
                "at": at,
                "leaves": b"".join(leaves),  # as one value: a list would be written and parsed item by item
                "submissions": list(submissions),
                "events": list(events),
            },
        )
        if tiles:
            columns = zip(*((tile.level, tile.index, tile.hashes, tile.root) for tile in tiles), strict=True)
            cursor.execute(TILES_IN_PLACE, [log, *map(list, columns)])
    return edge.tree()


def root_at(log: LogName, size: int) -> bytes:
    """Root of the tree of the first `size` leaves, from stored nodes. Raises LookupError beyond what is stored."""
    return proved(log, partial(merkle.root_of, size))
