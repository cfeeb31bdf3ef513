"""Ids over a whole source: what is handed out is what a set of all texts would give."""

from __future__ import annotations

import tracemalloc
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from converters.identity import UniqueIds

#: Ids that collide with each other and with the names that repeated ones get.
IDS = st.sampled_from(["a", "b", "a-2", "a-2-2", "a-3", "b-2", "中", ""])


def in_one_set(batches: list[list[str]]) -> list[str]:
    """The rule in its plainest form."""
    taken: set[str] = set()
    repeats: Counter[str] = Counter()
    out = []
    for id_ in [id_ for batch in batches for id_ in batch]:
        name = id_
        while name in taken:
            repeats[id_] += 1
            name = f"{id_}-{repeats[id_] + 1}"
        taken.add(name)
        out.append(name)
    return out


@given(st.lists(st.lists(IDS, max_size=6), max_size=8))
def test_ids_are_those_of_a_set_of_all_texts_however_they_come_in_batches(batches: list[list[str]]) -> None:
    ids = UniqueIds()
    claimed = [ids.claim(list(batch)) for batch in batches]
    names = [name for unique, _ in claimed for name in unique]
    assert names == in_one_set(batches)
    given_ids = [id_ for batch in batches for id_ in batch]
    marked = [bool(mark) for _, is_changed in claimed for mark in is_changed]
    assert marked == [name != id_ for name, id_ in zip(names, given_ids, strict=True)]


def test_every_repeat_is_found_across_merged_blocks() -> None:
    """300,000 ids in 30 batches, then every hundredth again: each of those, and no other, is changed."""
    ids = UniqueIds()
    for start in range(0, 300_000, 10_000):
        assert not ids.claim([f"b{n}" for n in range(start, start + 10_000)])[1].any()
    again = [f"b{n}" if n % 2 else f"new{n}" for n in range(0, 300_000, 75)]
    unique, is_changed = ids.claim(again)
    assert is_changed.tolist() == [n % 2 == 1 for n in range(0, 300_000, 75)]
    assert all(name == (f"{id_}-2" if mark else id_) for name, id_, mark in zip(unique, again, is_changed, strict=True))


def test_ids_handed_out_wait_on_disk_and_are_found_there() -> None:
    """600,000 ids, of which a set of the texts would take 60 MB: 131,072 keys of 16 bytes and a filter stay."""
    ids = UniqueIds()
    tracemalloc.start()
    for start in range(0, 600_000, 10_000):
        assert not ids.claim([f"building-{n}" for n in range(start, start + 10_000)])[1].any()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 16 * 131_072 + 4 * 600_000 + 200_000
    unique, is_changed = ids.claim([f"building-{n}" for n in range(0, 1_200_000, 300)])
    assert is_changed.tolist() == [n < 600_000 for n in range(0, 1_200_000, 300)]
    assert unique[1] == "building-300-2"
    assert unique[-1] == "building-1199700"
