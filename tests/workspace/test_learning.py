"""A simulated province whose truth, in part, stands for closed cases: what they teach about the rest, and where it is told."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from cutline.model.judgements import Judgement, Verdict
from cutline.risk.learning import missing_library
from cutline.settings import Settings
from cutline.simulate import ProvinceConfig, simulate
from cutline.workspace import Access, Workspace

pytestmark = pytest.mark.skipif(bool(missing_library()), reason=missing_library() or "LightGBM loads")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def _closed(entity, fraud):
    verdict = Verdict.FRAUD if fraud else Verdict.INNOCENT
    return Judgement(f"j-{entity}", verdict, (entity,), AT, AT, "A", "B", legal_basis="art. 1", reason="simulated")


@pytest.mark.slow
def test_half_of_the_truth_teaches_about_the_other_half(tmp_path, monkeypatch):
    from sklearn.metrics import average_precision_score

    simulate(tmp_path / "province", ProvinceConfig(people=4000, days=30, seed=206))
    truth = pl.read_csv(tmp_path / "province" / "truth" / "subjects.csv").filter(pl.col("active") == 1)["entity"].to_list()
    with Workspace.open(Settings(tmp_path / "w", None, "test")) as case:
        case.ingest([tmp_path / "province"])
        assert case.run().learned == {}
        ranking = case.analysis.ranking
        codes = np.flatnonzero(ranking.score > 0)
        fraud = np.isin(np.array([ranking.index.entity(code) for code in codes.tolist()]), truth)
        closed = np.random.default_rng(1).random(len(codes)) < 0.5
        book = [_closed(ranking.index.entity(int(c)), bool(f)) for c, f in zip(codes[closed], fraud[closed], strict=True)]
        monkeypatch.setattr(case.book, "all", lambda _until=None: book)
        learned = case.run().learned
        judged = case.analysis.judged
        assert learned["frauds"] == int(fraud[closed].sum())
        assert learned["ece"] < 0.02
        told = judged.probability[np.searchsorted(judged.codes, codes[~closed])]
        ranked = average_precision_score(fraud[~closed], ranking.score[codes[~closed]])
        assert average_precision_score(fraud[~closed], told) > ranked - 0.01
        top = ranking.index.entity(int(codes[~closed][np.argmax(told)]))
        assert case.explain(top, Access())["probability"] == pytest.approx(float(told.max()), abs=1e-6)
        monkeypatch.setattr(case.book, "all", lambda _until=None: book[:60])
        assert "expected at least" in case.run().learned["refused"]
