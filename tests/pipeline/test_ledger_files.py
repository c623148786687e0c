import json
from dataclasses import fields

import numpy as np
import pytest

from cutline.errors import WorkspaceError
from cutline.model.judgements import Resolution
from cutline.pipeline.ledger_files import MANIFEST, keep_trail, open_ledgers, open_trail, save_ledgers
from cutline.pipeline.trail import Trail
from cutline.store.lake import Lake
from cutline.tracing import (
    Payment,
    Policy,
    ReportedPayment,
    Resolved,
    Stolen,
    TraceConfig,
    Unresolved,
    build_ledgers,
    mark,
)
from cutline.tracing.candidates import Searched
from cutline.tracing.search import search
from tests.tracing.ledgers_by_hand import account, transfer
from tests.worlds import at, world


@pytest.fixture
def laid():
    moves = [transfer(k, account(k % 7), account((k * 3 + 1) % 7), 10 + k) for k in range(900)]
    ledgers = build_ledgers(world(transfers=moves))
    return ledgers, mark(ledgers, frozen=[account(3)])


def test_ledgers_come_back_as_they_were_written(laid, tmp_path):
    save_ledgers(*laid, tmp_path)
    opened = open_ledgers(tmp_path, laid[0].index.cite)
    for before, after in zip(laid, opened, strict=True):
        for field in fields(before):
            value = getattr(before, field.name)
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(after, field.name)), field.name
                assert value.dtype == getattr(after, field.name).dtype
    assert opened[0].index.code(account(3)) == laid[0].index.code(account(3))
    for way in (Policy.FIFO, Policy.TAINTED_FIRST):
        ours, theirs = (search(*one, [Stolen(4, 14)], way, TraceConfig()) for one in (laid, opened))
        assert np.array_equal(ours.rows, theirs.rows)
        assert np.array_equal(ours.end_amounts, theirs.end_amounts)


def test_nothing_that_happens_to_mapped_arrays_reaches_the_files(laid, tmp_path):
    save_ledgers(*laid, tmp_path)
    open_ledgers(tmp_path, laid[0].index.cite)[0].amount[:] = 0
    assert np.array_equal(open_ledgers(tmp_path, laid[0].index.cite)[0].amount, laid[0].amount)


def test_files_that_are_not_whole_or_of_another_format_are_refused(laid, tmp_path):
    with pytest.raises(WorkspaceError, match="run --again"):
        open_ledgers(tmp_path, laid[0].index.cite)
    save_ledgers(*laid, tmp_path)
    told = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps({**told, "format": 99}))
    with pytest.raises(WorkspaceError, match="format 99"):
        open_ledgers(tmp_path, laid[0].index.cite)


def test_a_kept_trail_answers_only_for_the_judgements_it_was_laid_with(laid, tmp_path):
    told = ReportedPayment(at(1), 14, "CNY", account(1), account(2), "TX1")
    resolved = Resolved((Payment("R1", Stolen(4, 14, 2), "reference", 1),), (Unresolved("R1", told, "told before"),))
    with Lake.open(tmp_path / "ws") as lake:
        assert open_trail(lake, Resolution()) is None
        searched = (Searched("bridges that no list names", 3, 7),)
        keep_trail(lake, Trail(*laid, resolved, searched), Resolution(version="v1"))
        assert open_trail(lake, Resolution(version="v2")) is None
        kept = open_trail(lake, Resolution(version="v1"))
        assert kept.resolved == resolved
        assert kept.searched == searched
        assert np.array_equal(kept.ledgers.out_from, laid[0].out_from)
        lake.drop_views()
        assert open_trail(lake, Resolution(version="v1")) is None
