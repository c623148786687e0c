"""Merkle trees as in RFC 6962 (section 2.1): one hash stands for a whole log, and short proofs show what it holds.

Hashes are SHA-256, 32 bytes. A leaf's hash is taken over 0x00 and its bytes, a node's over 0x01 and its two children, so that
no leaf can pass for a node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


def leaf_hash(content: bytes) -> bytes:
    """Hash an entry."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The perfect subtrees of a growing log, largest first: all that is needed to add a leaf and to give the root."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Add a leaf's hash; cost is logarithmic at worst and constant on average."""
        self.roots.append(leaf)
        position = self.size
        while position & 1:
            right = self.roots.pop()
            self.roots.append(node_hash(self.roots.pop(), right))
            position >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Give the tree's head; of the empty log it is the hash of nothing."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        head = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            head = node_hash(left, head)
        return head


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Give the head over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Give the hashes that lead from the leaf at `index` to the root, nearest first (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), tree_root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), tree_root(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """Give the hashes that show the log of the first `earlier` leaves to be the beginning of this one (RFC 6962, 2.1.2)."""
    if not 0 < earlier <= len(leaves):
        raise IndexError(f"earlier size {earlier} of {len(leaves)}")
    return _consistency(leaves, earlier, whole=True)


def _consistency(leaves: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [tree_root(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_consistency(leaves[:split], earlier, whole=whole), tree_root(leaves[split:])]
    return [*_consistency(leaves[split:], earlier - split, whole=False), tree_root(leaves[:split])]


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a proof shows a leaf to stand at `index` in the log of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    head, position, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            head = node_hash(sibling, head)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            head = node_hash(head, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and head == root


def proves_consistency(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Say whether a proof shows the log with the first size and root to be the beginning of the one with the second."""
    (earlier, later), (old, new) = sizes, roots
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not proof and old == new
    path = list(proof) if earlier & (earlier - 1) else [old, *proof]
    if not path:
        return False
    position, last = earlier - 1, later - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and was == old and now == new


def _split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)
