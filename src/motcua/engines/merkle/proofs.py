"""Proofs of RFC 9162: an entry is in the tree (2.1.3); a later tree only added to an earlier one (2.1.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hmac import compare_digest

from motcua.engines.merkle.tree import EMPTY_ROOT, HASH_SIZE, node_hash

GetHash = Callable[[int, int], bytes]
"""`get_hash(level, index)`: hash of a stored `Node`. Proofs ask for O(log n) of them, full ones only."""


def inclusion_proof(index: int, size: int, get_hash: GetHash) -> list[bytes]:
    """Audit path of leaf `index` in the tree of the first `size` leaves, lowest sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among the {size} leaves (0 to {size - 1})")
    return _path(index, 0, size, get_hash)


def consistency_proof(old_size: int, new_size: int, get_hash: GetHash) -> list[bytes]:
    """Nodes that show the first `old_size` leaves unchanged in that of `new_size`; [] from an empty one."""
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of {new_size} leaves cannot have grown from one of {old_size}")
    if old_size in (0, new_size):
        return []
    return _subproof(old_size, 0, new_size, get_hash, known=True)


def root_of(size: int, get_hash: GetHash) -> bytes:
    """Root of the tree of the first `size` leaves, from stored nodes."""
    return _range_root(0, size, get_hash) if size else EMPTY_ROOT


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from this leaf hash at `index` to the `root` of `size` leaves."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and compare_digest(computed, root)


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree with `new_root` holds, unchanged and first, every leaf of the one with `old_root`."""
    if not 0 <= old_size <= new_size or not _are_hashes(old_root, new_root, *proof):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not proof and compare_digest(old_root, new_root)
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    computed_old = computed_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed_old = node_hash(sibling, computed_old)
            computed_new = node_hash(sibling, computed_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed_new = node_hash(computed_new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and compare_digest(computed_old, old_root) and compare_digest(computed_new, new_root)


def _path(index: int, start: int, end: int, get_hash: GetHash) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, get_hash), _range_root(middle, end, get_hash)]
    return [*_path(index, middle, end, get_hash), _range_root(start, middle, get_hash)]


def _subproof(old_end: int, start: int, end: int, get_hash: GetHash, *, known: bool) -> list[bytes]:
    """RFC 9162's SUBPROOF over leaves `start` to `end`; `known`: this subtree is the old tree itself."""
    if old_end == end:
        return [] if known else [_range_root(start, end, get_hash)]
    middle = start + _split(end - start)
    if old_end <= middle:
        within = _subproof(old_end, start, middle, get_hash, known=known)
        return [*within, _range_root(middle, end, get_hash)]
    within = _subproof(old_end, middle, end, get_hash, known=False)
    return [*within, _range_root(start, middle, get_hash)]


def _range_root(start: int, end: int, get_hash: GetHash) -> bytes:
    """Root over leaves `start` to `end`, where `start` is a multiple of the power of two that covers it."""
    size = end - start
    if size.bit_count() == 1:
        level = size.bit_length() - 1
        return get_hash(level, start >> level)
    middle = start + _split(size)
    return node_hash(_range_root(start, middle, get_hash), _range_root(middle, end, get_hash))


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
