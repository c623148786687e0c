from pathlib import Path

from cutline.store.lake import Lake
from tests.store.deliveries import at, contacts, stage


def test_rows_about_some_entities_are_found_without_the_others(tmp_path: Path) -> None:
    with Lake.open(tmp_path / "lake") as lake:
        first = [{"source": f"phone:+86{k}", "target": "phone:+999", "occurred_at": at(100 - k)} for k in range(50)]
        later = contacts([{"source": "phone:+867", "target": "phone:+111", "duration_s": 9}])
        lake.commit([stage(lake, tmp_path / "a.csv", contacts(first)), stage(lake, tmp_path / "b.csv", later)])
        found = lake.rows_about("contacts", "source", ["phone:+867", "phone:+8640", "phone:+none"], ["target", "duration_s"])
        assert found.select("source", "target", "duration_s").rows() == [
            ("phone:+867", "phone:+111", 9),
            ("phone:+8640", "phone:+999", None),
            ("phone:+867", "phone:+999", None),
        ]
        assert lake.rows_about("contacts", "source", [], ["target"]).height == 0
        assert lake.rows_about("ties", "a", ["phone:+867"], ["b"]).columns == ["occurred_at", "deliverer", "a", "b"]


def test_rows_that_name_somebody_on_either_side_are_found_once(tmp_path: Path) -> None:
    told = [
        ("phone:+861", "phone:+862"),
        ("phone:+862", "phone:+863"),
        ("phone:+863", "phone:+861"),
        ("phone:+862", "phone:+862"),
    ]
    rows = [{"source": source, "target": target, "occurred_at": at(k)} for k, (source, target) in enumerate(told)]
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit([stage(lake, tmp_path / "a.csv", contacts(rows[:2])), stage(lake, tmp_path / "b.csv", contacts(rows[2:]))])
        found = lake.rows_about("contacts", ("source", "target"), ["phone:+862"], [])
        assert found.select("source", "target").rows() == [told[0], told[1], told[3]]
        assert found.columns == ["occurred_at", "deliverer", "source", "target"]
        assert lake.rows_about("contacts", ("source", "target"), ["phone:+869"], []).height == 0
