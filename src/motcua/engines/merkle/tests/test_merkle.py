"""The tree of RFC 9162 against published roots, against its definition, and against forgers."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Entries and roots that Certificate Transparency implementations of RFC 6962 share as test data.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Log:
    """A log in memory: the tree, its nodes, and its root at every size."""

    def __init__(self, size: int) -> None:
        tree = Tree()
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [tree.root()]
        for number in range(size):
            self.nodes |= {(node.level, node.index): node.hash for node in tree.append(b"%d" % number)}
            self.roots.append(tree.root())

    def get(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


LOG = Log(130)


def defined_root(entries: list[bytes]) -> bytes:
    """The recursive definition of RFC 9162 section 2.1.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_others_publish(size: int) -> None:
    assert root(ENTRIES[:size]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=4), max_size=40))
def test_growing_gives_the_root_of_the_definition(entries: list[bytes]) -> None:
    assert root(entries) == defined_root(entries)


@given(st.lists(st.binary(max_size=4), max_size=40), st.integers(0, 40))
def test_a_sealer_continues_from_a_stored_state(entries: list[bytes], stop: int) -> None:
    before = Tree()
    for entry in entries[:stop]:
        before.append(entry)
    after = Tree.from_bytes(before.to_bytes())
    for entry in entries[stop:]:
        after.append(entry)
    assert after.root() == root(entries)
    assert after.size == len(entries)


def test_every_entry_is_provable_in_every_tree() -> None:
    for size in (1, 2, 3, 7, 8, 63, 64, 65, 130):
        for index in range(size):
            proof = inclusion_proof(index, size, LOG.get)
            assert len(proof) <= (size - 1).bit_length()
            assert verify_inclusion(leaf_hash(b"%d" % index), index, size, proof, LOG.roots[size])


def test_every_tree_continues_every_earlier_one() -> None:
    for new in (1, 2, 3, 7, 8, 64, 65, 130):
        for old in range(new + 1):
            proof = consistency_proof(old, new, LOG.get)
            assert verify_consistency(old, LOG.roots[old], new, LOG.roots[new], proof)


@given(st.data())
@settings(max_examples=200)
def test_a_changed_proof_of_inclusion_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, LOG.get)
    leaf, root_hash = leaf_hash(b"%d" % index), LOG.roots[size]
    forged = [list(proof) for _ in range(4)]
    place = data.draw(st.integers(0, len(proof) - 1))
    forged[0][place] = bytes([forged[0][place][0] ^ 1]) + forged[0][place][1:]
    del forged[1][place]
    forged[2].insert(place, leaf)
    forged[3][place] = forged[3][place][:-1]
    assert not any(verify_inclusion(leaf, index, size, proof, root_hash) for proof in forged)
    assert not verify_inclusion(leaf_hash(b"never entered"), index, size, proof, root_hash)
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index))
    assert not verify_inclusion(leaf, other, size, proof, root_hash)


@given(st.data())
@settings(max_examples=200)
def test_a_rewritten_history_fails(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 130))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, LOG.get)
    rewritten = leaf_hash(LOG.roots[old])
    assert not verify_consistency(old, rewritten, new, LOG.roots[new], proof)
    assert not verify_consistency(old, LOG.roots[old], new, rewritten, proof)
    assert not verify_consistency(old, LOG.roots[old], new, LOG.roots[new], [*proof, rewritten])
    assert not verify_consistency(old, LOG.roots[old], new, LOG.roots[new], proof[:-1])
    assert not verify_consistency(new, LOG.roots[new], old, LOG.roots[old], proof)


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"0"), leaf_hash(b"1")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_roots_of_the_past_come_from_stored_nodes() -> None:
    assert [root_of(size, LOG.get) for size in range(131)] == LOG.roots
    assert root_of(0, LOG.get) == EMPTY_ROOT


def test_what_makes_no_sense_is_refused_with_its_reason() -> None:
    with pytest.raises(ValueError, match="leaf 5 is not among the 5"):
        inclusion_proof(5, 5, LOG.get)
    with pytest.raises(ValueError, match="cannot have grown"):
        consistency_proof(6, 5, LOG.get)
    with pytest.raises(ValueError, match="has 2 peaks, not 1"):
        Tree(3, [EMPTY_ROOT])
    with pytest.raises(ValueError, match="not 41 bytes"):
        Tree.from_bytes(bytes(41))
    with pytest.raises(ValueError, match="32 bytes, not 3"):
        Tree().append_hash(b"abc")
