"""Random deliveries, sightings and purges against a plain model of groups of rows."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.store.lake import Lake
from tests.store.deliveries import LATER, PAST, TODAY, at, contacts, hidden, seen, stage

ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from("abcdef"),
        st.none() | st.integers(0, 9),
        st.none() | st.sampled_from(["x", "y"]),
    ),
    min_size=1,
    max_size=5,
)
BATCHES = st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), ROWS, st.booleans()), min_size=1, max_size=5)
Key = tuple[int, int]


class Model:
    """Each group of rows that report one event, with the row that speaks for it."""

    def __init__(self, batches):
        self.batches = batches
        self.rows = {(b, r): row for b, (_, rows, _) in enumerate(batches) for r, row in enumerate(rows, start=1)}
        self.group = {key: {key} for key in self.rows}
        self.root = {key: key for key in self.rows}
        self.duplicate: set[Key] = set()

    def hide(self, hidden_row: Key, into: Key, how: str) -> Key | None:
        """Join the groups of two rows, the second one's speaker speaks on; None where they are one already."""
        speaker, other = self.root[hidden_row], self.root[into]
        if speaker == other or speaker != hidden_row:
            return None
        for member in self.group[speaker]:
            self.root[member] = other
        self.group[other] |= self.group.pop(speaker)
        if how == "duplicate":
            self.duplicate.add(hidden_row)
        return into

    def order(self, key: Key):
        second, event, _, _ = self.rows[key]
        return (second, self.batches[key[0]][0], event)

    def events(self):
        out = []
        for speaker, members in self.group.items():
            second, event, duration, trunk = self.rows[speaker]
            told = sorted((m for m in members if m != speaker and m not in self.duplicate), key=self.order)
            for member in told:
                duration = self.rows[member][2] if duration is None else duration
                trunk = self.rows[member][3] if trunk is None else trunk
            out.append((at(second), self.batches[speaker[0]][0], event, duration, trunk))
        return sorted(out, key=str)


def unambiguous(batches):
    """No two rows of one deliverer with the same time and id, so that the order of events is told by them alone."""
    taken = set()
    out = []
    for deliverer, rows, purged in batches:
        kept = [r for r in rows if (deliverer, r[0], r[1]) not in taken and not taken.add((deliverer, r[0], r[1]))]
        if kept:
            out.append((deliverer, kept, purged))
    return out


def load(lake, folder, batches, order):
    ids, staged = {}, []
    for b in order:
        deliverer, rows, purged = batches[b]
        frame = contacts(
            [
                {"occurred_at": at(s), "event_id": e, "duration_s": d, "trunk": t, "source": f"phone:+{b}"}
                for s, e, d, t in rows
            ],
            deliverer,
        )
        said = {"delete_by": PAST if purged else LATER, "received_at": at(0) + timedelta(days=b)}
        staged.append(stage(lake, folder / f"{b}.csv", frame, **said))
        ids[b] = staged[-1].batch.batch
        if len(staged) == 2:
            lake.commit(staged)
            staged = []
    lake.commit(staged)
    return ids


def check_counts(lake):
    for row in lake.batches().to_dicts():
        assert row["read"] == row["accepted"] + row["merged"] + row["duplicates"] + row["rejected"]
        assert row["accepted"] >= 0


@settings(max_examples=12, deadline=None)
@given(batches=BATCHES.map(unambiguous), data=st.data())
def test_events_counts_and_purge_agree_with_the_model(batches, data):
    model = Model(batches)
    keys = sorted(model.rows)
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys), st.sampled_from(["merged", "duplicate"])), max_size=8)
    )
    with tempfile.TemporaryDirectory() as folder, Lake.open(Path(folder) / "ws") as lake:
        ids = load(lake, Path(folder), batches, data.draw(st.permutations(range(len(batches)))))
        for one, other, how in pairs:
            into = model.hide(one, other, how)
            if into is not None:
                table = "contacts" if how == "merged" else ""
                lake.commit([], hidden((table, ids[one[0]], one[1], ids[into[0]], into[1], how)))
        names = ("occurred_at", "deliverer", "event_id", "duration_s", "trunk")
        events = seen(lake, *names)
        assert events == sorted(events, key=lambda e: e[:3])
        assert sorted(events, key=str) == model.events()
        cited = Counter((c.batch, c.row) for c in lake.cite("contacts", np.arange(len(events))))
        expected = {k for k in model.rows if k not in model.duplicate}
        assert cited == Counter((ids[b], r) for b, r in expected)
        check_counts(lake)
        assert all(check.good for check in lake.doctor())
        purged_and_survivors(lake, model, batches, ids)


def purged_and_survivors(lake, model, batches, ids):
    lake.purge(TODAY)
    survivors = {k for k in model.rows if not batches[k[0]][2]}
    groups = [members & survivors for members in model.group.values()]
    groups = [members for members in groups if members]
    events = seen(lake, "batch", "event_id")
    assert len(events) == len(groups)
    spoken = Counter()
    for c in lake.cite("contacts", np.arange(len(events))):
        spoken[c.batch, c.row] += 1
    assert set(spoken) <= {(ids[b], r) for b, r in survivors}
    assert max(spoken.values(), default=1) == 1
    for members in groups:
        assert sum((ids[b], r) in spoken for b, r in members) >= 1
    check_counts(lake)
    assert all(check.good for check in lake.doctor())
    assert lake.tombstones().height == sum(purged for _, _, purged in batches)


@settings(max_examples=6, deadline=None)
@given(batches=BATCHES.map(unambiguous), data=st.data())
def test_the_order_of_loading_changes_nothing(batches, data):
    keys = [(b, r) for b, (_, rows, _) in enumerate(batches) for r in range(1, len(rows) + 1)]
    speakers = {keys[k]: keys[k - 1] for k in range(1, len(keys), 2)}
    tables = []
    for order in (range(len(batches)), data.draw(st.permutations(range(len(batches))))):
        with tempfile.TemporaryDirectory() as folder, Lake.open(Path(folder) / "ws") as lake:
            ids = load(lake, Path(folder), batches, order)
            told = [("contacts", ids[h[0]], h[1], ids[v[0]], v[1], "merged") for h, v in speakers.items()]
            lake.commit([], hidden(*told))
            columns = ["source", "duration_s", "trunk", "event_id", "deliverer", "batch", "known_at"]
            tables.append(lake.events("contacts", columns))
    assert pl.DataFrame(pl.from_arrow(tables[0])).equals(pl.DataFrame(pl.from_arrow(tables[1])))
