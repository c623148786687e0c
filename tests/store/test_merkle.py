"""Against the vectors of the Certificate Transparency reference log, which RFC 6962 describes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.store.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    proves_consistency,
    proves_inclusion,
    tree_root,
)

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(e)) for e in ENTRIES]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def test_heads_are_the_published_ones():
    assert tree_root([]) == hashlib.sha256(b"").digest()
    assert [tree_root(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [A, B, C]),
        (5, 8, [D, E, ROOTS[3]]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], B, D]),
    ],
)
def test_inclusion_proofs_are_the_published_ones(index, size, proof):
    assert [h.hex() for h in inclusion_proof(LEAVES[:size], index)] == proof


@pytest.mark.parametrize(
    ("earlier", "later", "proof"),
    [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[3]]), (2, 5, [B, D])],
)
def test_consistency_proofs_are_the_published_ones(earlier, later, proof):
    assert [h.hex() for h in consistency_proof(LEAVES[:later], earlier)] == proof


@given(st.integers(1, 70).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1), st.integers(1, n))))
def test_every_proof_convinces_and_no_altered_one_does(case):
    size, index, earlier = case
    leaves = [leaf_hash(str(k).encode()) for k in range(size)]
    root, old = tree_root(leaves), tree_root(leaves[:earlier])
    path, link = inclusion_proof(leaves, index), consistency_proof(leaves, earlier)
    assert proves_inclusion(leaves[index], index, size, path, root)
    assert not proves_inclusion(leaf_hash(b"other"), index, size, path, root)
    assert not proves_inclusion(leaves[index], index, size, [*path, root], root)
    assert proves_consistency((earlier, size), (old, root), link)
    assert not proves_consistency((earlier, size), (leaf_hash(b"other"), root), link)
    assert not proves_consistency((earlier, size), (old, leaf_hash(b"other")), link)


@given(st.integers(0, 100))
def test_a_growing_log_has_the_head_of_a_whole_one(size):
    leaves = [leaf_hash(str(k).encode()) for k in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert frontier.root() == tree_root(leaves)
    assert len(frontier.roots) == size.bit_count()
