"""The quality benchmarks on small files of the same layout: every id is scored, and what was planted is found."""

import sys

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix, save_npz

from benchmarks import sheet
from benchmarks.quality import amlsim, s_ffsd, sichuan
from benchmarks.quality.labelled import figures
from cutline.risk.learning import Trees, missing_library

pytestmark = pytest.mark.skipif(bool(missing_library()), reason=missing_library() or "LightGBM loads")
FEW = Trees(rounds=20, rate=0.1, leaves=6, least=5)


def _run(monkeypatch, tmp_path, module):
    monkeypatch.setattr(sheet, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--data", str(tmp_path), "--scores", str(tmp_path / "scores.csv")])
    module.main()
    told = pl.read_csv(tmp_path / "scores.csv")
    assert told.columns == ["id", "score"]
    assert not told["score"].is_null().any()
    return told


def _bank(chance, folder, labels=True):
    rows = [(int(a), int(b), 100.0 + a, int(t)) for a, b, t in chance.integers(0, 200, (1500, 3)) if a != b]
    for ring in range(4):
        members = list(range(10 * ring, 10 * ring + 4))
        rows += [(a, b, 9.0, 50 + k) for k, (a, b) in enumerate(zip(members, [*members[1:], members[0]], strict=True))] * 3
    names = ["sourceNodeId", "targetNodeId", "value", "time"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(folder / "transactions.csv")
    fraud = {10 * ring + k for ring in range(4) for k in range(4)}
    if labels:
        pl.DataFrame({"nodeid": range(205), "isFraud": [int(k in fraud) for k in range(205)]}).write_csv(folder / "nodes.csv")
    return fraud


@pytest.mark.parametrize("labels", [True, False])
def test_amlsim_finds_rings_and_needs_no_labels(monkeypatch, tmp_path, labels):
    fraud = _bank(np.random.default_rng(1), tmp_path, labels)
    told = _run(monkeypatch, tmp_path, amlsim)
    assert told["id"].to_list() == list(range(205 if labels else 200))
    assert set(told.sort("score", descending=True)["id"][:16]) == fraud


def test_s_ffsd_scores_every_row(monkeypatch, tmp_path):
    chance, count = np.random.default_rng(2), 600
    shop = chance.integers(0, 12, count)
    labels = np.where(chance.random(count) < 0.5, 2, (chance.random(count) < np.where(shop < 3, 0.9, 0.1)).astype(int))
    pl.DataFrame(
        {
            "Time": np.arange(count),
            "Source": [f"S{k}" for k in chance.integers(0, 200, count)],
            "Target": [f"T{k}" for k in shop],
            "Amount": np.round(chance.lognormal(3, 1, count), 2),
            "Location": [f"L{k}" for k in chance.integers(0, 5, count)],
            "Type": [f"TP{k}" for k in chance.integers(0, 4, count)],
            "Labels": labels,
        }
    ).write_csv(tmp_path / "transactions.csv")
    monkeypatch.setattr(s_ffsd, "TREES", FEW)
    told = _run(monkeypatch, tmp_path, s_ffsd)
    assert told["id"].to_list() == list(range(count))
    assert (
        told["score"].to_numpy()[(labels == 2) & (shop < 3)].mean()
        > told["score"].to_numpy()[(labels == 2) & (shop >= 3)].mean()
    )


def test_sichuan_scores_every_row(monkeypatch, tmp_path):
    chance, count = np.random.default_rng(3), 200
    fraud = chance.random(count) < 0.4
    called = np.triu(chance.random((count, count)) < np.where(fraud[:, None] & fraud[None, :], 0.2, 0.02), 1)
    save_npz(tmp_path / "adjacency.npz", csr_matrix(called.astype(np.int32)))
    known = chance.random(count) < 0.7
    label = [int(f) if k else None for f, k in zip(fraud, known, strict=True)]
    names = sorted({name for habit in sichuan.HABITS.values() for name in habit.meta.root_names()})
    columns = {name: chance.integers(0, 9, count).astype(float) for name in names}
    pl.DataFrame({"phone_no_m": [f"p{k}" for k in range(count)], **columns, "label": label}).write_csv(tmp_path / "users.csv")
    monkeypatch.setattr(sichuan, "TREES", FEW)
    told = _run(monkeypatch, tmp_path, sichuan)["score"].to_numpy()
    assert told[~known & fraud].mean() > told[~known & ~fraud].mean()


def test_likeness_tells_a_tie_of_equals_from_a_tie_of_strangers():
    ends = np.array([[0, 1], [1, 0], [2, 3], [3, 2], [0, 4], [4, 0]])
    ties = csr_matrix((np.ones(6), (ends[:, 0], ends[:, 1])), (5, 5))
    labels = np.array([1, 1, 0, 0, -1], np.int8)
    assert sichuan.likeness(ties, labels, np.zeros(5)) == pytest.approx(1.0)
    assert sichuan.likeness(ties, labels, np.array([0.9, 0.9, 0.1, -0.1, 0.5])) < 1.0
    assert sichuan.likeness(ties, labels, labels.astype(float)) == 0.0


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("bank", ["20K_cycle200", "20K_fanin200"])
def test_amlsim_beats_node_features_and_both_rules(monkeypatch, tmp_path, reference_data, bank):
    for name in ("transactions.csv", "nodes.csv"):
        (tmp_path / name).symlink_to(reference_data / "amlsim" / bank / name)
    told = _run(monkeypatch, tmp_path, amlsim).join(pl.read_csv(tmp_path / "nodes.csv"), left_on="id", right_on="nodeid")
    area, precision, _, _ = figures(told["isFraud"].to_numpy().astype(np.int8), told["score"].to_numpy())
    assert area > 0.89
    assert precision > 0.75


@pytest.mark.data
@pytest.mark.slow
def test_sichuan_is_as_good_as_it_was_seen(monkeypatch, tmp_path, reference_data):
    for name in ("users.csv", "adjacency.npz"):
        (tmp_path / name).symlink_to(reference_data / "sichuan" / name)
    told = _run(monkeypatch, tmp_path, sichuan)["score"].to_numpy()
    labels = pl.read_csv(tmp_path / "users.csv")["label"].fill_null(-1).to_numpy().astype(np.int8)
    assert figures(labels, told)[0] > 0.955
