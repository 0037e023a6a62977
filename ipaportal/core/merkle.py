"""Merkle trees as RFC 9162 (and RFC 6962) has them: roots, and proofs that anybody can check."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; the prefix keeps leaves and nodes apart (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """
    A tree that only grows: it keeps the roots of its complete subtrees, one a set bit of its size.

    `append` answers the nodes that a leaf completed, as (level, index, hash); level 0 is the leaf.
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)  # from the largest subtree to the smallest
        assert len(self.roots) == size.bit_count(), "one root a set bit of the size"

    def append(self, hashed_leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Take one leaf more, by its hash."""
        level, index, node = 0, self.size, hashed_leaf
        yield level, index, node
        while index & 1:
            node = node_hash(self.roots.pop(), node)
            level, index = level + 1, index >> 1
            yield level, index, node
        self.roots.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return folded(self.roots) if self.roots else EMPTY_ROOT


def frontier_places(size: int) -> list[tuple[int, int]]:
    """Where the complete subtrees of a tree lie, as (level, index), the largest first."""
    places, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            places.append((level, start >> level))
            start += 1 << level
    return places


def folded(roots: Sequence[bytes]) -> bytes:
    """The one root over those of complete subtrees, the largest first."""
    node = roots[-1]
    for left in reversed(roots[:-1]):
        node = node_hash(left, node)
    return node


def proof_places(position: int, size: int) -> list[list[tuple[int, int]]]:
    """
    For each hash of an inclusion proof, from the leaf up: where the subtrees lie that it is of.

    Each, folded, is one part of the proof; so that it is made from a few stored nodes.
    """
    assert 0 <= position < size
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        other = (middle, end) if position < middle else (start, middle)
        start, end = (start, middle) if position < middle else (middle, end)
        places = frontier_places(other[1] - other[0])
        found.append([(level, index + (other[0] >> level)) for level, index in places])
    return found[::-1]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    tree = Frontier()
    for leaf in leaves:
        for _ in tree.append(leaf):
            pass
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], position: int) -> list[bytes]:
    """The hashes that lead from the leaf at a position up to the root (RFC 9162, 2.1.3.1)."""
    assert 0 <= position < len(leaves)
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if position < middle:
        return [*inclusion_proof(left, position), root_of(right)]
    return [*inclusion_proof(right, position - middle), root_of(left)]


def inclusion_proofs(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The proofs of all leaves at once, each as `inclusion_proof` gives it."""
    proofs: list[list[bytes]] = [[] for _ in leaves]

    def walk(start: int, end: int) -> bytes:
        if end - start == 1:
            return leaves[start]
        middle = start + _split(end - start)
        left, right = walk(start, middle), walk(middle, end)
        for place in range(start, end):
            proofs[place].append(right if place < middle else left)
        return node_hash(left, right)

    if leaves:
        walk(0, len(leaves))
    return proofs


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The hashes that show the first `earlier` leaves to be as they were (RFC 9162, 2.1.4.1)."""
    assert 0 < earlier <= len(leaves)
    return _subproof(leaves, earlier, True)


def _subproof(leaves: Sequence[bytes], earlier: int, is_known: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if is_known else [root_of(leaves)]
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if earlier <= middle:
        return [*_subproof(left, earlier, is_known), root_of(right)]
    return [*_subproof(right, earlier - middle, False), root_of(left)]


def is_included(
    hashed_leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether a leaf lies at a position of the tree of a size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size:
        return False
    index, last, node = position, size - 1, hashed_leaf
    for part in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(part, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, part)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(
    earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a tree begins with an earlier one (RFC 9162, 2.1.4.2)."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    path = list(proof)
    if earlier & (earlier - 1) == 0:
        path.insert(0, earlier_root)
    if not path:
        return False
    index, last = earlier - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, part)
        index, last = index >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root


def _split(size: int) -> int:
    """The largest power of two below a size: where a tree divides."""
    return 1 << (size - 1).bit_length() - 1
