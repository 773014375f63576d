"""Storing a tree in tiles: 256 hashes a row, written once when full, so that ten million leaves are 39,000 rows.

A tile of level 0 holds 256 leaf hashes; one of level n holds the roots of 256 tiles of level n - 1. Whatever a proof
asks for lies in one tile of each level, and is at most 255 hashes away. What is not yet a full tile is the *edge*:
fewer than 256 hashes on every level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from motcua.engines.merkle.tree import EMPTY_ROOT, HASH_SIZE, Tree, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT

LoadTile = Callable[[int, int], bytes]
"""`load(level, index)`: the hashes of a tile one after another, as many as there are (a full one has 256)."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: `hashes` is 256 times 32 bytes; it never changes."""

    level: int
    index: int
    hashes: bytes
    root: bytes


class Edge:
    """What of a growing tree is in no full tile yet: fewer than 256 hashes on each level."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = []
        self._full: list[int] = []

    @classmethod
    def of_size(cls, size: int, load: LoadTile) -> Edge:
        """The edge of a stored tree of `size` leaves. Raises ValueError when stored hashes are missing."""
        edge = cls()
        level = 0
        while size >> (HEIGHT * level):
            wanted = size >> (HEIGHT * level)
            hashes = split(load(level, wanted >> HEIGHT)) if wanted % WIDTH else []
            if len(hashes) < wanted % WIDTH:
                raise ValueError(
                    f"tile {wanted >> HEIGHT} of level {level} has {len(hashes)} hashes, not {wanted % WIDTH}"
                )
            edge._levels.append(hashes[: wanted % WIDTH])
            edge._full.append(wanted >> HEIGHT)
            level += 1
        return edge

    @property
    def size(self) -> int:
        return self._full[0] * WIDTH + len(self._levels[0]) if self._levels else 0

    def append(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Add leaf hashes; return the tiles that they fill, lower ones before those above them."""
        filled: list[Tile] = []
        for leaf in leaves:
            self._put(0, leaf, filled)
        return filled

    def tree(self) -> Tree:
        """The peaks, as the head of a tree keeps them."""
        peaks = [peak for hashes in reversed(self._levels) for peak in peaks_of(hashes)]
        return Tree(self.size, peaks)

    def root(self) -> bytes:
        return self.tree().root() if self.size else EMPTY_ROOT

    def _put(self, level: int, value: bytes, filled: list[Tile]) -> None:
        if level == len(self._levels):
            self._levels.append([])
            self._full.append(0)
        hashes = self._levels[level]
        hashes.append(value)
        if len(hashes) == WIDTH:
            tile = Tile(level, self._full[level], b"".join(hashes), subtree_root(hashes))
            filled.append(tile)
            hashes.clear()
            self._full[level] += 1
            self._put(level + 1, tile.root, filled)


class Reader:
    """Nodes of a stored tree for `inclusion_proof` and `consistency_proof`; each tile is loaded once."""

    def __init__(self, load: LoadTile) -> None:
        self._load = load
        self._tiles: dict[tuple[int, int], bytes] = {}

    @staticmethod
    def tile_of(level: int, index: int) -> tuple[int, int]:
        """The tile, by level and index, under whose hashes a node lies."""
        return level // HEIGHT, index >> (HEIGHT - level % HEIGHT)

    def get(self, level: int, index: int) -> bytes:
        """The hash of a full subtree: a `GetHash`. Raises LookupError when it is not stored."""
        place, height = self.tile_of(level, index), level % HEIGHT
        if place not in self._tiles:
            self._tiles[place] = self._load(*place)
        first = (index % (WIDTH >> height)) << height
        hashes = split(self._tiles[place][first * HASH_SIZE : (first + (1 << height)) * HASH_SIZE])
        if len(hashes) != 1 << height:
            raise LookupError(f"node {index} of level {level} is not stored")
        return subtree_root(hashes)


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def peaks_of(hashes: Sequence[bytes]) -> list[bytes]:
    """Roots of the full subtrees in a row of fewer than 256 hashes, largest first."""
    peaks, start = [], 0
    for height in reversed(range(HEIGHT)):
        if len(hashes) >> height & 1:
            peaks.append(subtree_root(hashes[start : start + (1 << height)]))
            start += 1 << height
    return peaks


def split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]
