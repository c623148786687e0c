"""`cutline gaps`: a bank's balances against its rows, as an officer asks."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from cutline.cli.app import app

HEADER = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,payer_balance_after"
SAID = "source: ICBK\ndepartment: finance\nreceived_at: 2026-04-01T08:00:00+08:00\n"


def ask(case: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--workspace", str(case), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rows_that_a_bank_withholds_are_told_by_amount_and_time(tmp_path: Path) -> None:
    paid = [
        ("09:00", "10.00", "1000.00"),
        ("10:00", "100.00", "900.00"),
        ("11:00", "50.00", "1350.50"),
        ("12:00", "50.00", "1300.50"),
    ]
    rows = [
        f"t{k},2026-03-01T{at}:00+08:00,ICBK,6222021001,ABOC,6228480002,{amount},CNY,{left}"
        for k, (at, amount, left) in enumerate(paid)
    ]
    folder = tmp_path / "icbk"
    folder.mkdir()
    (folder / "delivery.yaml").write_text(SAID)
    (folder / "transfers.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    case = tmp_path / "case"
    ask(case, "ingest", str(folder))
    answer = json.loads(ask(case, "gaps", "--json"))
    assert (answer["total"], answer["with_balances"], answer["without_balances"]) == (1, 1, 1)
    (one,) = answer["gaps"]
    assert (one["missing_minor"], one["balances"], one["entity"][:8]) == (50_050, 4, "account~")
    (place,) = one["places"]
    assert (place["direction"], place["missing_minor"], place["confirmed"]) == ("in", 50_050, True)
    assert (place["after"], place["until"]) == ("2026-03-01T02:00:00+00:00", "2026-03-01T03:00:00+00:00")
    named = json.loads(ask(case, "gaps", "account:ICBK/6222021001", "--json"))
    assert named["gaps"] == answer["gaps"]
    shown = ask(case, "gaps")
    assert "500.50" in shown
    assert "6222021001" not in shown
    (traced,) = json.loads(ask(case, "trace", "account:CN/ABOC/6228480002", "--json"))["traces"]
    (gap,) = traced["gaps"]
    assert (gap["entity"], gap["direction"], gap["missing_minor"]) == (one["entity"], "in", 50_050)
    assert "500.50 more came in than rows tell" in ask(case, "trace", "account:CN/ABOC/6228480002")
    other = CliRunner().invoke(app, ["--workspace", str(case), "gaps", "phone:+8613800000000"])
    assert "no transfer" in str(other.exception)
