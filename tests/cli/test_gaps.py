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


ENTRY = (
    "<Ntry><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
    "<NtryDtls><TxDtls><Refs><TxId>{name}</TxId></Refs><RltdPties><{role}Acct><Id><Othr><Id>6228480002</Id></Othr></Id></{role}Acct>"
    "</RltdPties><RltdAgts><{role}Agt><FinInstnId><ClrSysMmbId><MmbId>ABOC</MmbId></ClrSysMmbId></FinInstnId></{role}Agt></RltdAgts>"
    "</TxDtls></NtryDtls></Ntry>"
)
BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
    "<Dt><Dt>{day}</Dt></Dt></Bal>"
)


def statement(day: str, held: tuple[str, str], *entries: tuple[str, str]) -> str:
    """Write a statement of one day: what was held before and after (below 0: overdrawn), and (side, amount) entries."""
    balances = "".join(
        BALANCE.format(code=code, amount=amount.removeprefix("-"), side="DBIT" if amount[0] == "-" else "CRDT", day=day)
        for code, amount in zip(("OPBD", "CLBD"), held, strict=True)
    )
    booked = "".join(
        ENTRY.format(name=f"{day}-{k}", day=day, side=side, amount=amount, role="Dbtr" if side == "CRDT" else "Cdtr")
        for k, (side, amount) in enumerate(entries)
    )
    account = "<Acct><Id><Othr><Id>6222021001</Id></Othr></Id></Acct>"
    return f"<Stmt><Id>{day}</Id>{account}{balances}{booked}</Stmt>"


def deliver_statements(tmp_path: Path, *statements: str) -> Path:
    folder, case = tmp_path / "icbk", tmp_path / "case"
    folder.mkdir()
    (folder / "delivery.yaml").write_text(SAID)
    message = f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>{''.join(statements)}</BkToCstmrStmt>"
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    (folder / "camt.xml").write_text(f"<Document xmlns='{space}'>{message}</Document>")
    read = json.loads(ask(case, "ingest", str(folder), "--json"))
    assert read["rejected"] == 0, read
    return case


def test_balances_of_statements_tell_of_entries_that_were_left_out(tmp_path: Path) -> None:
    case = deliver_statements(
        tmp_path,
        statement("2026-03-01", ("-50.00", "-150.00"), ("DBIT", "100.00")),
        statement("2026-03-02", ("-150.00", "150.00"), ("CRDT", "50.00")),
        statement("2026-03-03", ("150.00", "120.00"), ("DBIT", "20.00"), ("DBIT", "10.00")),
    )
    answer = json.loads(ask(case, "gaps", "--json"))
    (one,) = answer["gaps"]
    assert (one["balances"], one["missing_minor"]) == (6, 25_000)
    (place,) = one["places"]
    assert (place["direction"], place["missing_minor"], place["confirmed"]) == ("in", 25_000, True)


def test_statements_whose_entries_explain_them_tell_of_no_gap(tmp_path: Path) -> None:
    case = deliver_statements(
        tmp_path,
        statement("2026-03-01", ("500.00", "470.00"), ("DBIT", "100.00"), ("CRDT", "70.00")),
        statement("2026-03-04", ("470.00", "490.00"), ("CRDT", "20.00")),
    )
    answer = json.loads(ask(case, "gaps", "--json"))
    assert (answer["gaps"], answer["with_balances"]) == ([], 1)
    assert "none; every stated balance is explained" in ask(case, "gaps")
