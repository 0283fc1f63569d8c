"""The Merkle tree, its proofs and its tiles."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gardefou.errors import UsageError, VerificationError
from gardefou.ledger._tiles import (
    ENTRIES,
    Tile,
    bundle,
    node_reader,
    parse_tile,
    tile_root,
    tiles_of,
    unbundle,
)
from gardefou.ledger._tree import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_path,
    frontier_of,
    grow,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
)

SIZES = 300

# The reference log of the certificate-transparency test data: eight leaves and its roots.
CT_LEAVES = [
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
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word; shares no code with the tree under test."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


LEAVES = [leaf_hash(b"entry %d" % i) for i in range(SIZES)]
ROOTS = [naive_root(LEAVES[:n]) for n in range(SIZES + 1)]


def read(height: int, index: int) -> bytes:
    return naive_root(LEAVES[index << height : (index + 1) << height])


CACHED: dict[tuple[int, int], bytes] = {}


def cached(height: int, index: int) -> bytes:
    key = (height, index)
    if key not in CACHED:
        CACHED[key] = read(height, index)
    return CACHED[key]


def test_reference_roots_of_certificate_transparency() -> None:
    hashes = [leaf_hash(leaf) for leaf in CT_LEAVES]
    found = [root_of(grow(0, (), hashes[: n + 1]).frontier).hex() for n in range(8)]
    assert found == CT_ROOTS


def test_reference_paths_of_certificate_transparency() -> None:
    hashes = [leaf_hash(leaf) for leaf in CT_LEAVES]

    def node(height: int, index: int) -> bytes:
        return naive_root(hashes[index << height : (index + 1) << height])

    path = [h.hex() for h in inclusion_path(node, 5, 8)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    proof = [h.hex() for h in consistency_path(node, 6, 8)]
    assert proof == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root_of(()) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_growing_one_by_one_or_in_one_piece_gives_the_naive_root_for_all_sizes() -> None:
    size, frontier = 0, ()
    for n, leaf in enumerate(LEAVES):
        growth = grow(size, frontier, [leaf])
        size, frontier = growth.size, growth.frontier
        assert (size, root_of(frontier)) == (n + 1, ROOTS[n + 1])
        assert frontier == grow(0, (), LEAVES[: n + 1]).frontier == frontier_of(cached, n + 1)


def test_inclusion_is_proven_for_every_leaf_of_every_size() -> None:
    for size in range(1, SIZES + 1):
        for index in range(size):
            path = inclusion_path(cached, index, size)
            check_inclusion(LEAVES[index], index, size, path, ROOTS[size])


def test_consistency_is_proven_for_every_pair_of_sizes() -> None:
    for new in range(SIZES + 1):
        for old in range(new + 1):
            path = consistency_path(cached, old, new)
            check_consistency(old, new, path, ROOTS[old], ROOTS[new])


@given(
    size=st.integers(2, SIZES), data=st.data(), flip=st.integers(0, 255), where=st.integers(0, 1000)
)
@settings(max_examples=300)
def test_no_changed_inclusion_proof_verifies(
    size: int, data: st.DataObject, flip: int, where: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_path(cached, index, size))
    step = where % len(path)
    changed = bytearray(path[step])
    changed[flip // 8] ^= 1 << flip % 8
    mutants = [
        [*path[:step], bytes(changed), *path[step + 1 :]],
        path[:-1],
        [*path, path[0]],
        [],
    ]
    for mutant in mutants:
        with pytest.raises(VerificationError):
            check_inclusion(LEAVES[index], index, size, mutant, ROOTS[size])
    other = (index + 1) % size
    with pytest.raises(VerificationError):
        check_inclusion(LEAVES[index], other, size, path, ROOTS[size])


@given(new=st.integers(2, SIZES), data=st.data(), flip=st.integers(0, 255))
@settings(max_examples=300)
def test_no_changed_consistency_proof_verifies(new: int, data: st.DataObject, flip: int) -> None:
    old = data.draw(st.integers(1, new - 1))
    path = list(consistency_path(cached, old, new))
    step = data.draw(st.integers(0, len(path) - 1))
    changed = bytearray(path[step])
    changed[flip // 8] ^= 1 << flip % 8
    mutants = [[*path[:step], bytes(changed), *path[step + 1 :]], path[:-1], [*path, path[0]]]
    for mutant in mutants:
        with pytest.raises(VerificationError):
            check_consistency(old, new, mutant, ROOTS[old], ROOTS[new])
    with pytest.raises(VerificationError):
        check_consistency(old, new, path, ROOTS[old - 1], ROOTS[new])
    with pytest.raises(VerificationError):
        check_consistency(old, new, path, ROOTS[old], ROOTS[new - 1])


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        (3, 2, [], "proof.sizes"),
        (0, 5, [bytes(32)], "proof.length"),
        (3, 5, [], "proof.length"),
        (5, 5, [bytes(32)], "proof.length"),
    ],
)
def test_impossible_consistency_proofs_name_their_fault(
    old: int, new: int, path: list[bytes], code: str
) -> None:
    with pytest.raises(VerificationError) as caught:
        check_consistency(old, new, path, bytes(32), bytes(32))
    assert caught.value.code == code


def test_the_callers_mistakes_are_usage_errors() -> None:
    for call in (
        lambda: inclusion_path(cached, 3, 3),
        lambda: consistency_path(cached, 4, 3),
        lambda: grow(3, (bytes(32),), []),
        lambda: parse_tile("tile/0/1"),
    ):
        with pytest.raises(UsageError):
            call()


# Tiles: c2sp.org/tlog-tiles.


def test_tile_counts_equal_the_specifications_worked_example() -> None:
    tiles = list(tiles_of(70_000))
    rows = [(t.level, t.width) for t in tiles if t.level != ENTRIES]
    assert rows.count((0, 256)) == 273
    assert [row for row in rows if row != (0, 256)] == [(0, 112), (1, 256), (1, 17), (2, 1)]
    assert [(t.level, t.width) for t in tiles_of(256) if t.level != ENTRIES] == [(0, 256), (1, 1)]


def test_tile_paths_follow_the_specification() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(2, 5, 17).path == "tile/2/005.p/17"
    assert Tile(ENTRIES, 1000).path == "tile/entries/x001/000"


@given(st.integers(-1, 63), st.integers(0, 2**40), st.integers(1, 256))
def test_tile_paths_round_trip(level: int, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert parse_tile(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/0/../000",
        "tile/data/000",
    ],
)
def test_other_spellings_of_a_tile_path_are_refused(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_tile(path)
    assert caught.value.code == "ledger.tile_path"


def test_every_proof_can_be_made_from_tiles_alone() -> None:
    size = 70_000
    leaves = [leaf_hash(b"%d" % i) for i in range(size)]
    rows: list[list[bytes]] = [leaves]
    while len(rows[-1]) >= 256:
        full = rows[-1][: len(rows[-1]) // 256 * 256]
        rows.append([tile_root(b"".join(full[i : i + 256])) for i in range(0, len(full), 256)])

    def tile(name: Tile) -> bytes:
        start = name.number * 256
        return b"".join(rows[name.level][start : start + name.width])

    node = node_reader(tile, size)
    growth = grow(0, (), leaves)
    root = root_of(growth.frontier)
    assert frontier_of(node, size) == growth.frontier
    assert [c.root for c in growth.closed if c.level == 1] == rows[1]
    assert [c.root for c in growth.closed if c.level == 2] == rows[2]
    for index in (0, 1, 255, 256, 4711, 65_535, 65_536, 69_999):
        path = inclusion_path(node, index, size)
        check_inclusion(leaves[index], index, size, path, root)
    for old in (1, 255, 256, 257, 60_001, 65_536, 69_999):
        path = consistency_path(node, old, size)
        check_consistency(old, size, path, root_of(frontier_of(node, old)), root)


def test_a_torn_tile_is_named() -> None:
    node = node_reader(lambda tile: bytes(32 * tile.width - 1), 5)
    with pytest.raises(VerificationError) as caught:
        node(0, 0)
    assert caught.value.code == "ledger.tile_length"


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundles_round_trip_and_every_cut_is_named(entries: list[bytes]) -> None:
    tile = Tile(ENTRIES, 0, len(entries))
    data = bundle(entries)
    assert unbundle(tile, data) == entries
    for bad in (data[:-1], data + b"\x00", data[1:] if len(data) > 2 else b""):
        if bad != data:
            assert outcome(tile, bad) != entries


def outcome(tile: Tile, data: bytes) -> list[bytes] | str:
    try:
        return unbundle(tile, data)
    except VerificationError as error:
        return error.code


def test_an_entry_too_long_for_a_bundle_is_refused() -> None:
    assert len(bundle([bytes(65_535)])) == 65_537
    with pytest.raises(UsageError) as caught:
        bundle([bytes(65_536)])
    assert caught.value.code == "ledger.entry_size"


def test_node_hash_separates_leaves_from_nodes() -> None:
    left, right = bytes(32), bytes([1]) * 32
    assert node_hash(left, right) != leaf_hash(left + right)
