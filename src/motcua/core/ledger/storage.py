"""A log's tree in the database: leaves as rows, full tiles of 256 hashes; nothing is ever read as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from motcua.core.ledger.models import LogName
from motcua.engines import merkle
from motcua.engines.merkle.tiles import WIDTH

LEAVES_IN_PLACE = """
insert into ledger_logentry (log, index, leaf, submission_id, event_id, at)
select %s, %s + place - 1, leaf, submission, event, %s
  from unnest(%s::bytea[], %s::bigint[], %s::bigint[]) with ordinality as row (leaf, submission, event, place)
"""
TILES_IN_PLACE = """
insert into ledger_logtile (log, level, index, hashes, root)
select %s, level, index, hashes, root
  from unnest(%s::smallint[], %s::bigint[], %s::bytea[], %s::bytea[]) as tile (level, index, hashes, root)
"""


def reader(log: LogName) -> merkle.Reader:
    """Nodes of the stored tree, each tile read once."""
    return merkle.Reader(loader(log))


def loader(log: LogName) -> merkle.tiles.LoadTile:
    """Read a full tile as one row; the leaves or lower roots of one that is not full yet, as they are."""

    def load(level: int, index: int) -> bytes:
        with connection.cursor() as cursor:
            cursor.execute(
                "select hashes from ledger_logtile where log = %s and level = %s and index = %s",
                [log, level, index],
            )
            full = cursor.fetchone()
            if full is not None:
                return bytes(full[0])
            begin = index * WIDTH
            if level == 0:
                cursor.execute(
                    "select leaf from ledger_logentry where log = %s and index >= %s and index < %s order by index",
                    [log, begin, begin + WIDTH],
                )
            else:
                cursor.execute(
                    "select root from ledger_logtile where log = %s and level = %s and index >= %s and index < %s "
                    "order by index",
                    [log, level - 1, begin, begin + WIDTH],
                )
            return b"".join(bytes(row[0]) for row in cursor.fetchall())

    return load


def append(
    log: LogName,
    size: int,
    leaves: Sequence[bytes],
    *,
    submissions: Sequence[int | None],
    events: Sequence[int | None],
    at: Any,
) -> merkle.Tree:
    """Place leaf hashes after the first `size`; returns the right edge of the tree that has grown.

    Raises ValueError when the stored tree lacks what its size promises.
    """
    edge = merkle.Edge.of_size(size, loader(log))
    tiles = edge.append(leaves)
    with connection.cursor() as cursor:
        cursor.execute(LEAVES_IN_PLACE, [log, size, at, list(leaves), list(submissions), list(events)])
        if tiles:
            columns = zip(*((tile.level, tile.index, tile.hashes, tile.root) for tile in tiles), strict=True)
            cursor.execute(TILES_IN_PLACE, [log, *map(list, columns)])
    return edge.tree()


def root_at(log: LogName, size: int) -> bytes:
    """Root of the tree of the first `size` leaves, from stored nodes. Raises LookupError beyond what is stored."""
    return merkle.root_of(size, reader(log).get)
