"""The tree against the published vectors of Certificate Transparency, and by its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core import merkle

# The reference tree of Certificate Transparency (transparency-dev/merkle, testonly/constants.go,
# and cpp/merkletree/merkle_tree_test.cc of the CT repository, which RFC 6962's authors keep).
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
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
N01 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N04 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N11 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N12 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N13 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N21 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 8, [N01, N11, N21]),
    (5, 8, [N04, N13, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], N11, N04]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [N01, N11, N21]),
    (6, 8, [N12, N13, ROOTS[4]]),
    (2, 5, [N11, N04]),
]
HASHES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


def unhex(parts):
    return [bytes.fromhex(part) for part in parts]


def many(size):
    return [merkle.leaf_hash(str(number).encode()) for number in range(size)]


def with_a_byte_changed(data, at):
    at %= len(data) * 8
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


@pytest.mark.parametrize("size", range(9))
def test_has_the_published_roots(size):
    assert merkle.root_of(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("position", "size", "proof"), INCLUSION)
def test_makes_and_takes_the_published_inclusion_proofs(position, size, proof):
    assert merkle.inclusion_proof(HASHES[:size], position) == unhex(proof)
    root = bytes.fromhex(ROOTS[size])
    assert merkle.is_included(HASHES[position], position, size, unhex(proof), root)


@pytest.mark.parametrize(("earlier", "size", "proof"), CONSISTENCY)
def test_makes_and_takes_the_published_consistency_proofs(earlier, size, proof):
    assert merkle.consistency_proof(HASHES[:size], earlier) == unhex(proof)
    roots = unhex(ROOTS)
    assert merkle.is_consistent(earlier, roots[earlier], size, roots[size], unhex(proof))


@given(st.integers(1, 70), st.data())
def test_includes_every_leaf_and_nothing_else(size, data):
    leaves = many(size)
    root, position = merkle.root_of(leaves), data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(leaves, position)
    leaf, bit = leaves[position], data.draw(st.integers(0, 10_000))
    assert merkle.is_included(leaf, position, size, proof, root)
    assert not merkle.is_included(with_a_byte_changed(leaf, bit), position, size, proof, root)
    assert not merkle.is_included(leaf, position, size, proof, with_a_byte_changed(root, bit))
    assert not merkle.is_included(leaf, position, size, [*proof, leaf], root)
    assert not merkle.is_included(leaf, size, size, proof, root)
    assert not merkle.is_included(leaf, -1, size, proof, root)
    if proof:
        place = bit % len(proof)
        altered = [*proof]
        altered[place] = with_a_byte_changed(proof[place], bit)
        assert not merkle.is_included(leaf, position, size, altered, root)
        assert not merkle.is_included(leaf, position, size, proof[:-1], root)
        assert not merkle.is_included(leaf, position ^ 1, size, proof, root)


@given(st.integers(1, 70), st.data())
def test_is_consistent_with_every_prefix_and_nothing_else(size, data):
    leaves = many(size)
    earlier, bit = data.draw(st.integers(1, size)), data.draw(st.integers(0, 10_000))
    old, new = merkle.root_of(leaves[:earlier]), merkle.root_of(leaves)
    proof = merkle.consistency_proof(leaves, earlier)
    assert merkle.is_consistent(earlier, old, size, new, proof)
    assert not merkle.is_consistent(earlier, with_a_byte_changed(old, bit), size, new, proof)
    assert not merkle.is_consistent(earlier, old, size, with_a_byte_changed(new, bit), proof)
    assert not merkle.is_consistent(earlier, old, size, new, [*proof, old])
    assert not merkle.is_consistent(0, old, size, new, proof)
    assert not merkle.is_consistent(size + 1, old, size, new, proof)
    if proof:
        place = bit % len(proof)
        altered = [*proof]
        altered[place] = with_a_byte_changed(proof[place], bit)
        assert not merkle.is_consistent(earlier, old, size, new, altered)
        assert not merkle.is_consistent(earlier, old, size, new, proof[:-1])


@given(st.integers(0, 60), st.integers(0, 60))
def test_goes_on_from_the_roots_of_its_complete_subtrees(first, more):
    leaves, nodes, tree = many(first + more), {}, merkle.Frontier()
    for leaf in leaves[:first]:
        nodes.update({(level, index): node for level, index, node in tree.append(leaf)})
    again = merkle.Frontier(first, [nodes[place] for place in merkle.frontier_places(first)])
    for leaf in leaves[first:]:
        list(again.append(leaf))
    assert (again.size, again.root()) == (first + more, merkle.root_of(leaves))


def test_a_node_cannot_pose_as_a_leaf():
    left, right = HASHES[0], HASHES[1]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
