import csv
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from cutline.evaluation import Located, answer_subjects, judge, without_tags, write_answers
from cutline.rings import find_rings, raise_alerts
from cutline.risk import rank
from tests.evaluation.test_judgement import JUDGE, NO_TRUTH, lay_out
from tests.risk.gangs import build, finding, merged, mule_findings, province, with_company
from tests.worlds import at


def run(folder: Path) -> None:
    index = build(province())
    findings = mule_findings(index, ["account:CN/ICBK/a-m", "account:CN/ICBK/b-m"])
    findings = with_company(index, findings)
    findings.append(finding(index, "account:CN/ABC/o3", typology="victim-drain", warning=True))
    ranking = rank(index, findings)
    rings = find_rings(index, ranking, findings)
    alerts = raise_alerts(rings, ranking, findings)
    endings = [Located("r1", "account:x", Decimal("10.50")), Located("r1", "account:x", Decimal("0.25"))]
    write_answers(folder, answer_subjects(index, ranking, alerts), alerts, rings, endings)


def gang_members() -> dict[str, str]:
    """Every member of the two gangs that the records speak of, with their roles."""
    size = {"a": 6, "b": 9}
    roles = {f"account:CN/ICBK/{g}-m{k}": "mule" for g, n in size.items() for k in range(n)}
    roles |= {f"person:id/{g}-p{k}": "mule" for g, n in size.items() for k in range(n)}
    roles |= {f"account:CN/ICBK/{g}-l{k}": "launderer" for g in size for k in range(2)}
    return roles | {f"account:CN/ICBK/{g}-head": "organiser" for g in size}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_four_files_say_what_the_run_said(tmp_path):
    run(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["actions.csv", "endings.csv", "rings.csv", "subjects.csv"]
    subjects = {row["entity"]: row for row in read(tmp_path / "subjects.csv")}
    index = build(province())
    assert subjects.keys() == set(index.entities.to_pylist())
    alerted = {entity for entity, row in subjects.items() if row["alerted"] == "1"}
    assert alerted == gang_members().keys()
    assert float(subjects["account:CN/ICBK/a-m0"]["score"]) > 0.5
    assert float(subjects["account:CN/ABC/o3"]["score"]) == 0
    rings = read(tmp_path / "rings.csv")
    assert len({row["entity"] for row in rings}) == len(rings)
    assert {row["role"] for row in rings} >= {"mule", "launderer", "organiser"}
    assert read(tmp_path / "endings.csv") == [{"report_id": "r1", "entity": "account:x", "amount": "10.75"}]
    actions = {row["entity"]: row["action"] for row in read(tmp_path / "actions.csv")}
    assert actions["account:CN/ABC/o3"] == "warn"
    assert "" not in actions.values()


def test_the_reference_judge_reads_them(tmp_path):
    members = [(e, e.split(":")[0], e.split("/")[-1][0], role, "", "1") for e, role in gang_members().items()]
    truth, _ = lay_out(tmp_path, {**NO_TRUTH, "subjects.csv": members}, {})
    run(tmp_path / "said")
    figures = judge(truth, tmp_path / "said")
    assert figures == JUDGE.main(truth, tmp_path / "said")
    assert figures["subjects"]["precision"] == figures["subjects"]["recall"] == 1
    assert figures["subjects"]["average_precision"] == pytest.approx(1)
    assert figures["roles"]["by_role"]["mule"] > 0.9


def test_the_same_run_writes_the_same_bytes(tmp_path):
    run(tmp_path / "one")
    run(tmp_path / "other")
    run(tmp_path / "other")
    for name in ("subjects.csv", "rings.csv", "endings.csv", "actions.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_nothing_is_left_behind_where_writing_fails(tmp_path, monkeypatch):
    import polars as pl

    run(tmp_path)
    before = (tmp_path / "subjects.csv").read_bytes()
    real, calls = pl.DataFrame.write_csv, []

    def failing(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise OSError("disk full")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(pl.DataFrame, "write_csv", failing)
    with pytest.raises(OSError, match="disk full"):
        run(tmp_path)
    assert (tmp_path / "subjects.csv").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 4


def test_a_run_without_anything_writes_headers(tmp_path):
    index = build(province(people=4, gangs={}))
    write_answers(tmp_path, answer_subjects(index, rank(index, []), ()), (), (), ())
    for name, header in (
        ("rings.csv", "entity,ring,role"),
        ("endings.csv", "report_id,entity,amount"),
        ("actions.csv", "entity,action"),
    ):
        assert (tmp_path / name).read_text().strip() == header
    assert judge(*lay_out(tmp_path / "x", NO_TRUTH, {})[:1], tmp_path)["subjects"]["average_precision"] == 0


def test_without_tags_no_list_was_ever_loaded():
    tag = {"occurred_at": at(0), "entity": "account:CN/ICBK/a-m0", "tag": "payroll", "list": "own"}
    index = build(merged({**province(), "tags": [tag]}))
    bare = without_tags(index)
    assert len(bare.tables["tags"]) == 0
    assert bare.tables["tags"].coverage.from_us is None
    assert bare.tables["transfers"] is index.tables["transfers"]
    assert len(index.tables["tags"]) == 1
    code = index.code("account:CN/ICBK/a-m0")
    with_tag, without = (rank(i, mule_findings(i, ["account:CN/ICBK/a-m0"])).score[code] for i in (index, bare))
    assert with_tag < without
    assert np.array_equal(bare.kinds, index.kinds)
