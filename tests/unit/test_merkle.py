"""The tree is that of RFC 6962: its test vectors, and its own recursive definition."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from tiji.events.merkle import Tree

LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
          "606162636465666768696a6b6c6d6e6f")  # fmt: skip
#: The roots over the first 0 to 8 of these leaves, as certificate transparency tests them.
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_the_vectors_of_certificate_transparency() -> None:
    tree = Tree()
    assert tree.root() == ROOTS[0]
    for leaf, root in zip(LEAVES, ROOTS[1:], strict=True):
        tree.add(bytes.fromhex(leaf))
        assert tree.root() == root


def by_definition(leaves: list[bytes]) -> bytes:
    """Compute MTH as section 2.1 of RFC 6962 writes it down."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return sha256(b"\1" + left + right).digest()


@given(leaves=st.lists(st.binary(max_size=4), max_size=150), stop=st.integers(0, 150))
def test_any_tree_is_what_its_definition_says_also_when_it_goes_on(
    leaves: list[bytes], stop: int
) -> None:
    tree = Tree()
    for no, leaf in enumerate(leaves):
        if no == stop:
            tree = Tree.going_on(tree.size, tree.kept())
        tree.add(leaf)
    assert tree.size == len(leaves)
    assert len(tree.kept()) == len(leaves).bit_count()
    assert tree.root() == by_definition(leaves).hex()
