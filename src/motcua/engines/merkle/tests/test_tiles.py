"""A tree kept in tiles is the tree of RFC 9162, whatever its size and however it was filled."""

from __future__ import annotations

import pytest

from motcua.engines import merkle

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(70_000)]


class Shelf:
    """Full tiles as a database keeps them, and leaves one by one."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], merkle.Tile] = {}
        self.leaves: list[bytes] = []

    def append(self, leaves: list[bytes]) -> merkle.Edge:
        edge = merkle.Edge.of_size(len(self.leaves), self.load)
        for tile in edge.append(leaves):
            self.tiles[tile.level, tile.index] = tile
        self.leaves += leaves
        return edge

    def load(self, level: int, index: int) -> bytes:
        if (level, index) in self.tiles:
            return self.tiles[level, index].hashes
        if level == 0:
            return b"".join(self.leaves[index * 256 : index * 256 + 256])
        below = (self.tiles.get((level - 1, index * 256 + at)) for at in range(256))
        return b"".join(tile.root for tile in below if tile)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    shelf = Shelf()
    for start, end in ((0, 1), (1, 255), (255, 256), (256, 1000), (1000, 65_536), (65_536, 70_000)):
        shelf.append(LEAVES[start:end])
    return shelf


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000])
def test_the_edge_has_the_root_of_the_plain_tree(shelf: Shelf, size: int) -> None:
    plain = merkle.Tree()
    for leaf in LEAVES[:size]:
        plain.append_hash(leaf)
    edge = merkle.Edge.of_size(size, shelf.load)
    assert edge.size == size
    assert edge.root() == plain.root()
    assert edge.tree().to_bytes() == plain.to_bytes()


@pytest.mark.parametrize(
    ("index", "size"),
    [
        (0, 257),
        (255, 257),
        (256, 257),
        (4711, 65_536),
        (65_535, 65_536),
        (65_536, 65_793),
        (9, 70_000),
        (69_999, 70_000),
    ],
)
def test_a_proof_read_from_tiles_leads_to_the_root(shelf: Shelf, index: int, size: int) -> None:
    path = merkle.inclusion_proof(index, size, merkle.Reader(shelf.load).get)
    root = merkle.Edge.of_size(size, shelf.load).root()
    assert merkle.verify_inclusion(LEAVES[index], index, size, path, root)
    assert not merkle.verify_inclusion(LEAVES[index - 1], index, size, path, root)


@pytest.mark.parametrize("old", [1, 200, 256, 300, 65_536, 69_999])
def test_a_later_tree_is_shown_to_begin_with_an_earlier_one(shelf: Shelf, old: int) -> None:
    path = merkle.consistency_proof(old, 70_000, merkle.Reader(shelf.load).get)
    first, second = (merkle.Edge.of_size(size, shelf.load).root() for size in (old, 70_000))
    assert merkle.verify_consistency(old, first, 70_000, second, path)


def test_a_missing_row_is_said_and_not_glossed_over(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="has 0 hashes"):
        merkle.Edge.of_size(70_001 + 256, shelf.load)
