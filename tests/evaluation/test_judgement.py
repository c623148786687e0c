import csv
import importlib.util
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutline.errors import SourceError
from cutline.evaluation import judge

REFERENCE = Path(__file__).parents[1] / "reference" / "judge.py"


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_judge", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


JUDGE = reference()

ENTITIES = [f"{kind}:{k}" for kind in ("person", "account", "phone", "handle") for k in range(12)] + [
    'person:"a, b"',
    "item:x:y",
]
ROLES = ["mule", "caller", "", "organiser"]
entity = st.sampled_from(ENTITIES)
amount = st.decimals(0, 10**6, places=2).map(str)
flag = st.sampled_from(["0", "1", "", "true", "false"])


def table(row: st.SearchStrategy[tuple[str, ...]], most: int, key: int | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(row, max_size=most, unique_by=(lambda r: r[key]) if key is not None else None)


truths = st.fixed_dictionaries(
    {
        "subjects.csv": table(
            st.tuples(entity, st.just("x"), st.sampled_from(["r1", "r2", "r3", ""]), st.sampled_from(ROLES), flag, flag), 60
        ),
        "look_alikes.csv": table(st.tuples(entity, st.just("k"), st.sampled_from(["shop", "family", ""])), 12),
        "stolen.csv": table(
            st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["p1", "p2"]), amount, entity, amount), 12
        ),
    }
)
answers = st.fixed_dictionaries(
    {
        "subjects.csv": table(
            st.tuples(entity, st.sampled_from(["0", "", "0.5", "1e-3", "0.25", "-2", "0.1"]), st.sampled_from(["0", "1", ""])),
            50,
            0,
        ),
        "rings.csv": table(st.tuples(entity, st.sampled_from(["x", "y", "z"]), st.sampled_from(ROLES)), 40, 0),
        "endings.csv": table(st.tuples(st.sampled_from(["a", "b", "d"]), entity, amount), 15),
        "actions.csv": table(st.tuples(entity, st.sampled_from(["warn", "screen", "limit", "freeze", ""])), 15),
    }
)
HEADERS = {
    "truth": {
        "subjects.csv": ["entity", "kind", "ring", "role", "coerced", "active"],
        "look_alikes.csv": ["entity", "kind", "why"],
        "stolen.csv": ["report_id", "payment", "stolen_amount", "ended_at", "ended_value"],
    },
    "answers": {
        "subjects.csv": ["entity", "score", "alerted"],
        "rings.csv": ["entity", "ring", "role"],
        "endings.csv": ["report_id", "entity", "amount"],
        "actions.csv": ["entity", "action"],
    },
}


def lay_out(
    root: Path, truth: dict[str, Any], said: dict[str, Any], without: frozenset[str] = frozenset()
) -> tuple[Path, Path]:
    for side, files in (("truth", truth), ("answers", said)):
        (root / side).mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            header = HEADERS[side][name]
            kept = [k for k, column in enumerate(header) if column not in without]
            with (root / side / name).open("w", encoding="utf-8", newline="") as handle:
                writer = csv.writer(handle)
                writer.writerow([header[k] for k in kept])
                writer.writerows([[row[k] for k in kept] for row in rows])
    return root / "truth", root / "answers"


def assert_equal(ours: Any, theirs: Any, where: str = "") -> None:
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key, value in theirs.items():
            assert_equal(ours[key], value, f"{where}/{key}")
    elif isinstance(theirs, int):
        assert ours == theirs, where
    else:
        assert math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12), (where, ours, theirs)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(truths, answers, st.sampled_from([frozenset(), frozenset({"active"}), frozenset({"coerced"})]))
def test_our_figures_are_the_reference_judges(tmp_path, truth, said, without):
    folders = lay_out(tmp_path, truth, said, without)
    assert_equal(judge(*folders), JUDGE.main(*folders))


def test_roles_with_enough_members_and_shared_suppliers(tmp_path):
    members = [(f"account:{k}", "account", f"r{k % 3}", "mule" if k % 2 else "caller", "", "1") for k in range(60)]
    shared = [("website:s", "website", ring, "supplier", "", "1") for ring in ("r0", "r1")]
    truth = {"subjects.csv": members + shared, "look_alikes.csv": [], "stolen.csv": []}
    said = {
        "subjects.csv": [(row[0], str(k / 70), "1") for k, row in enumerate(members)] + [("website:s", "1", "1")],
        "rings.csv": [(row[0], f"q{k % 4}", "mule") for k, row in enumerate(members)] + [("website:s", "q0", "supplier")],
        "endings.csv": [],
        "actions.csv": [],
    }
    folders = lay_out(tmp_path, truth, said)
    ours = judge(*folders)
    assert_equal(ours, JUDGE.main(*folders))
    assert set(ours["roles"]["by_role"]) == {"mule", "caller"}
    assert ours["rings"]["true_members"] == 60


EMPTY: dict[str, Any] = {name: [] for name in HEADERS["answers"]}
NO_TRUTH: dict[str, Any] = {name: [] for name in HEADERS["truth"]}


def test_empty_files_and_a_byte_order_mark_are_read(tmp_path):
    folders = lay_out(tmp_path, NO_TRUTH, EMPTY)
    assert_equal(judge(*folders), JUDGE.main(*folders))
    for name in HEADERS["answers"]:
        (folders[1] / name).write_bytes(b"")
    (folders[0] / "subjects.csv").write_text(
        "entity,kind,ring,role\r\nperson:1,person,r,mule\r\nperson:2,person,r,mule\r\n", encoding="utf-8-sig", newline=""
    )
    ours = judge(*folders)
    assert_equal(ours, JUDGE.main(*folders))
    assert ours["subjects"]["unscored"] == 2


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("subjects.csv", [("person:1", "1", "1"), ("person:1", "1", "0")], r"subjects\.csv: 'person:1' stands 2 times"),
        ("rings.csv", [("person:1", "r", ""), ("person:1", "q", "")], r"rings\.csv: 'person:1' stands 2 times"),
        ("subjects.csv", [("person:1", "nan", "1")], r"subjects\.csv row 1: score is 'nan'; expected a finite number"),
        ("subjects.csv", [("person:2", "0", "1"), ("person:1", "high", "1")], r"subjects\.csv row 2: score is 'high'"),
        ("endings.csv", [("a", "person:1", "-1")], r"endings\.csv row 1: amount is '-1'; expected .* at least 0"),
        ("endings.csv", [("a", "person:1", "")], r"endings\.csv row 1: amount is ''"),
    ],
)
def test_malformed_answers_say_what_and_where(tmp_path, name, rows, message):
    folders = lay_out(tmp_path, NO_TRUTH, {**EMPTY, name: rows})
    with pytest.raises(SourceError, match=message):
        judge(*folders)
    with pytest.raises((SystemExit, ValueError)):
        JUDGE.main(*folders)


def test_missing_files_columns_and_ragged_rows_are_named(tmp_path):
    truth, said = lay_out(tmp_path, NO_TRUTH, EMPTY)
    with pytest.raises(SourceError, match="no such folder"):
        judge(truth / "nowhere", said)
    (said / "actions.csv").write_text("entity,deed\nperson:1,limit\n")
    with pytest.raises(SourceError, match=r"actions\.csv: columns entity, deed; expected a column 'action'"):
        judge(truth, said)
    (said / "actions.csv").write_text("entity,action\nperson:1\n")
    with pytest.raises(SourceError, match=r"actions\.csv.*rectangular"):
        judge(truth, said)
    (said / "actions.csv").unlink()
    with pytest.raises(SourceError, match=r"actions\.csv: no such file"):
        judge(truth, said)


def test_who_is_alone_shares_a_place_with_no_ring(tmp_path):
    member = ("person:2", "person", "r1", "mule", "0", "1")
    nobodys = ("person:1", "person", "", "mule", "0", "1")
    truth = {"subjects.csv": [nobodys, member], "look_alikes.csv": [], "stolen.csv": []}
    said = {"subjects.csv": [], "rings.csv": [("person:1", "x", "mule")], "endings.csv": [], "actions.csv": []}
    assert judge(*lay_out(tmp_path, truth, said))["rings"]["adjusted_rand"] == 1.0
