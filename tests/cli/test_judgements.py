"""`resolve` and `judgements` as officers meet them: masked, one JSON object, refusals that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app
from cutline.errors import UsageError

BASIS = ("--legal-basis", "art. 18", "--reason", "seen both contracts")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two issuers that know the same three people."""
    folder = tmp_path_factory.mktemp("desk")
    opened = "2026-01-01T00:00:00+08:00"
    tables = {
        "bank": ["institution,account,holder,opened_at,phone", *(f"ICBK,622{k},h{k},{opened},1380013000{k}" for k in range(3))],
        "telecom": ["msisdn,iccid,holder,activated_at,status"]
        + [f"1380013000{k},898600123456789000{k},s{k},{opened},active" for k in range(3)],
    }
    for name, rows in tables.items():
        (folder / name).mkdir()
        (folder / name / "delivery.yaml").write_text(f"source: {name}\nreceived_at: 2026-04-01T00:00:00+08:00\n")
        (folder / name / "file.csv").write_text("\n".join(rows) + "\n")
    ask(folder / "case", "ingest", str(folder / "bank"), str(folder / "telecom"))
    return folder / "case"


def ask(case: Path, *words: str, actor: str = "li") -> str:
    done = CliRunner().invoke(app, ["--workspace", str(case), *words], catch_exceptions=False, env={"CUTLINE_ACTOR": actor})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_proposal_becomes_a_judgement_and_is_reversed_by_two(case: Path) -> None:
    found = json.loads(ask(case, "resolve", "--json"))
    assert (found["total"], found["tokens"]) == (3, 6)
    table = ask(case, "resolve")
    assert "person~" in table
    assert "person:" not in table
    clear = json.loads(ask(case, "resolve", "--limit", "1", "--unmask", "--reason", "to judge it", "--json"))
    (first,) = clear["proposals"]
    assert first["subjects"][0].startswith("person:bank/h")
    judged = json.loads(ask(case, "judgements", "record", "same", first["proposal_id"], *BASIS, "--json"))
    assert (judged["status"], judged["label_zh"]) == ("in force", "认定为同一主体")
    assert all("~" in entity for entity in judged["subjects"])
    told = ask(case, "judgements", "reverse", judged["judgement_id"], *BASIS)
    assert "another officer puts it into force" in told
    waiting = json.loads(ask(case, "judgements", "list", "--json"))["judgements"][0]
    assert (waiting["status"], waiting["reverses"]) == ("proposed", judged["judgement_id"])
    with pytest.raises(UsageError, match="expected another officer"):
        ask(case, "judgements", "approve", waiting["judgement_id"], "--reason", "I am sure")
    ask(case, "judgements", "approve", waiting["judgement_id"], "--reason", "read it", actor="wang")
    assert [j["status"] for j in json.loads(ask(case, "judgements", "list", "--json"))["judgements"]] == [
        "in force",
        "reversed",
    ]
    assert json.loads(ask(case, "judgements", "list", "--verdict", "fraud", "--json"))["total"] == 0
    assert "lifted" in ask(case, "judgements", "list")
    ask(case, "judgements", "list", "--verdict", "same", "--unmask", "--reason", "case 17")
    entry = json.loads((case / "audit" / "log.jsonl").read_text().splitlines()[-1])
    assert entry["detail"] == {"command": "judgements list", "verdict": "same"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("record", "guilty", "x", *BASIS), "expected one of: same, different, fraud, innocent"),
        (("record", "same", "no-such-proposal", *BASIS), "cutline resolve"),
        (("approve", "no-such-judgement", "--reason", "why"), "cutline judgements list"),
        (("reverse", "no-such-judgement", *BASIS), "cutline judgements list"),
        (("list", "--unmask"), "say why"),
    ],
)
def test_what_makes_no_sense_says_what_would(case: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ask(case, "judgements", *words)
