"""Whatever the batches, one root; what was proven is accepted, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.tlog import proving, verifying
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, SM3
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.ranges import is_subtree

HASHES = st.sampled_from([SHA256, SM3])
SIZES = st.integers(1, 300)


def entries(count):
    return [number.to_bytes(2, "big") for number in range(count)]


def grown(tree_hash, count):
    tree = MemoryTree(tree_hash)
    tree.append_many(entries(count))
    return tree


def plain_root(tree_hash, leaves):
    """MTH as RFC 9162 section 2.1.1 writes it, recursively."""
    if len(leaves) < 2:
        return tree_hash.leaf(leaves[0]) if leaves else tree_hash.empty()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return tree_hash.node(plain_root(tree_hash, leaves[:k]), plain_root(tree_hash, leaves[k:]))


def flipped(data, bit):
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


@given(HASHES, st.lists(st.integers(0, 40), max_size=12))
def test_any_split_into_batches_gives_the_root_of_the_definition(tree_hash, batches):
    leaves = entries(sum(batches))
    frontier, tree, at = Frontier(tree_hash), MemoryTree(tree_hash), 0
    for batch in batches:
        assert frontier.append_many(leaves[at : at + batch]) == tree.append_many(leaves[at : at + batch])
        at += batch
        frontier = Frontier(tree_hash, size=frontier.size, nodes=frontier.nodes)  # as after a restart
    assert frontier.root() == tree.root() == plain_root(tree_hash, leaves)
    assert frontier.size == tree.size == len(leaves)


@given(HASHES, st.integers(0, 60), st.integers(0, 5))
def test_a_perfect_subtree_can_be_pushed_as_one_hash(tree_hash, count, height):
    count -= count % (1 << height)
    frontier = Frontier(tree_hash)
    frontier.append_many(entries(count))
    leaves = [b"x"] * (1 << height)
    frontier.push(plain_root(tree_hash, leaves), height=height)
    assert frontier.root() == plain_root(tree_hash, entries(count) + leaves)


@given(HASHES, SIZES, st.data())
def test_a_proof_of_inclusion_verifies_and_any_flipped_bit_fails(tree_hash, size, data):
    tree = grown(tree_hash, size + data.draw(st.integers(0, 20)))
    index = data.draw(st.integers(0, size - 1))
    proof, root = proving.prove_inclusion(tree, index, size), proving.root_of(tree, size)
    parts = [tree_hash.leaf(entries(size)[index]), root, *proof]

    verifying.verify_inclusion(parts[0], index, size, parts[2:], parts[1], tree_hash)

    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(TlogError):
        verifying.verify_inclusion(parts[0], index, size, parts[2:], parts[1], tree_hash)


@given(HASHES, SIZES, st.data())
def test_a_proof_of_consistency_verifies_and_any_flipped_bit_fails(tree_hash, size, data):
    old_size = data.draw(st.integers(1, size))
    tree = grown(tree_hash, size)
    proof = proving.prove_consistency(tree, old_size, size)
    parts = [proving.root_of(tree, old_size), tree.root(), *proof]

    verifying.verify_consistency(old_size, size, parts[2:], parts[0], parts[1], tree_hash)

    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(TlogError):
        verifying.verify_consistency(old_size, size, parts[2:], parts[0], parts[1], tree_hash)


@given(SIZES, st.data())
def test_the_proofs_of_a_subtree_verify_and_longer_or_shorter_ones_fail(size, data):
    end = data.draw(st.integers(1, size))
    start = data.draw(st.sampled_from([at for at in range(end) if is_subtree(at, end)]))
    index = data.draw(st.integers(start, end - 1))
    tree = grown(SHA256, size)
    inside = proving.prove_subtree_inclusion(tree, index, start, end)
    outside = proving.prove_subtree_consistency(tree, start, end, size)
    leaf, root = SHA256.leaf(entries(size)[index]), proving.subtree_root(tree, start, end)

    verifying.verify_subtree_inclusion(leaf, index, start, end, inside, root)
    verifying.verify_subtree_consistency(start, end, size, outside, root, tree.root())

    for wrong in (lambda proof: [*proof, leaf], lambda proof: proof[:-1] or [leaf]):
        with pytest.raises(TlogError):
            verifying.verify_subtree_inclusion(leaf, index, start, end, wrong(inside), root)
        with pytest.raises(TlogError):
            verifying.verify_subtree_consistency(start, end, size, wrong(outside), root, tree.root())


def test_the_two_hashes_of_the_published_small_tree():
    """transparency-dev/merkle testonly/constants.go: the eight leaves and their root."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    frontier = Frontier(SHA256)
    frontier.append_many(bytes.fromhex(leaf) for leaf in leaves)
    assert frontier.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("nodes", [[], [b"\0" * 32] * 3, [b"\0" * 32, b"\0" * 31]])
def test_a_frontier_that_does_not_fit_its_size_is_refused(nodes):
    with pytest.raises(TlogError) as refusal:
        Frontier(size=3, nodes=nodes)
    assert refusal.value.code == "malformed"


def test_a_subtree_cannot_follow_where_it_would_not_be_aligned():
    frontier = Frontier()
    frontier.append(b"")
    with pytest.raises(TlogError, match="height 1"):
        frontier.push(b"\0" * 32, height=1)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, 9)])
def test_a_proof_about_what_is_not_there_is_refused(index, size):
    with pytest.raises(TlogError):
        proving.prove_inclusion(grown(SHA256, 8), index, size)
