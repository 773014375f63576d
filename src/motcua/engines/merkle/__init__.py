"""Merkle trees of RFC 9162 section 2.1 (SHA-256): an append-only log that can prove what it holds.

See README.md of this folder for what is stored and what a proof says.
"""

from motcua.engines.merkle.proofs import (
    GetHash,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from motcua.engines.merkle.tiles import Edge, Reader, Tile
from motcua.engines.merkle.tree import EMPTY_ROOT, HASH_SIZE, Node, Tree, leaf_hash, node_hash, root

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "Edge",
    "GetHash",
    "Node",
    "Reader",
    "Tile",
    "Tree",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]
