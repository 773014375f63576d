"""Growing a tree: only its right edge is held, so a sealer can stop and go on years later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162 section 2.1.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry, 32 bytes: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash over two subtrees, 32 bytes: SHA-256(0x01 || left || right). The prefixes keep leaves apart."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Node:
    """Root of a full subtree: it covers the 2**level leaves from `index << level` on and never changes."""

    level: int
    index: int
    hash: bytes


class Tree:
    """The right edge of a growing tree: `size` and the peaks, the roots of its full subtrees, largest first.

    Appending costs O(log n) and so does the state. What `append` returns is all that proofs need later.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if size < 0 or len(self._peaks) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {max(size, 0).bit_count()} peaks, not {len(self._peaks)}: "
                "the stored state does not belong together"
            )
        if any(len(peak) != HASH_SIZE for peak in self._peaks):
            raise ValueError(f"every peak is a hash of {HASH_SIZE} bytes")

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def append(self, entry: bytes) -> list[Node]:
        """Add an entry; return the full subtrees that it completes, its own leaf first."""
        return self.append_hash(leaf_hash(entry))

    def append_hash(self, leaf: bytes) -> list[Node]:
        """Add an entry of which only the `leaf_hash` is at hand."""
        if len(leaf) != HASH_SIZE:
            raise ValueError(f"a leaf hash has {HASH_SIZE} bytes, not {len(leaf)}")
        node = Node(0, self.size, leaf)
        completed = [node]
        while self.size >> node.level & 1:
            node = Node(node.level + 1, node.index >> 1, node_hash(self._peaks.pop(), node.hash))
            completed.append(node)
        self._peaks.append(node.hash)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Root hash over all leaves so far; `EMPTY_ROOT` when there are none."""
        if not self._peaks:
            return EMPTY_ROOT
        *others, root = self._peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """Compact state: size as 8 bytes, big endian, then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, state: bytes) -> Tree:
        """The tree that wrote this state. Raises ValueError when the bytes are cut or do not fit."""
        body = state[8:]
        if len(state) < 8 or len(body) % HASH_SIZE:
            raise ValueError(f"a tree state has 8 + {HASH_SIZE} n bytes, not {len(state)} bytes")
        peaks = [body[start : start + HASH_SIZE] for start in range(0, len(body), HASH_SIZE)]
        return cls(int.from_bytes(state[:8], "big"), peaks)


def root(entries: Iterable[bytes]) -> bytes:
    """Root hash over entries that are all at hand."""
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree.root()
