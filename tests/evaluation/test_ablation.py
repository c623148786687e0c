"""`evaluate --ablate tags` prints the same block of figures, of a run that saw no list, and leaves the last run as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.evaluation import without_tags
from cutline.model.index import Coverage
from tests.worlds import at, world


def ask(case: Path, *more: str) -> str:
    words = ["--workspace", str(case), "evaluate", str(case / "province" / "truth"), *more]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def shape(value: Any) -> Any:
    return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else type(value)


def test_the_block_is_the_same_with_and_without_tags(small_case):
    seeing, blind = (json.loads(ask(small_case, "--json", *more)) for more in ((), ("--ablate", "tags")))
    assert shape(seeing) == shape(blind)
    assert seeing["quality"]["subjects"]["positives"] == blind["quality"]["subjects"]["positives"]
    labels = [
        [line.split("│")[0].strip() for line in ask(small_case, *more).splitlines()] for more in ((), ("--ablate", "tags"))
    ]
    assert [label for label in labels[0] if label] == [label for label in labels[1] if label]
    assert any("precision" in label for label in labels[1])
    assert json.loads(ask(small_case, "--json")) == seeing


def test_without_tags_no_list_was_ever_loaded():
    index = world(
        tags=[{"occurred_at": at(1), "entity": "account:CN/ICBK/1", "tag": "payroll", "list": "ours"}],
        transfers=[
            {
                "occurred_at": at(2),
                "payer": "account:CN/ICBK/1",
                "payee": "account:CN/ICBK/2",
                "amount": 100,
                "asset": "CNY",
                "rail": "bank",
            }
        ],
    )
    bare = without_tags(index)
    assert len(index.tables["tags"]) == 1
    assert len(bare.tables["tags"]) == 0
    assert bare.tables["tags"].coverage == Coverage(None, None)
    assert bare.tables["transfers"] is index.tables["transfers"]
    assert bare.entities is index.entities
