"""A desk for stories told through the command line: deliveries come in, officers ask, and what is printed is looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cutline.cli.app import app

HEAD = (
    "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,"
    "payer_balance_after,payee_balance_after"
)
CLEAR = ("--unmask", "--reason", "to write to the bank")
DAY = "2026-03-10T"
VICTIM, MULE, NEXT = "account:CN/CCB/62270001", "account:CN/ICBK/62220002", "account:CN/CCB/62270003"


class Desk:
    """One workspace and the officers who work on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.deliveries = 0

    def deliver(self, source: str, received: str, files: dict[str, str], **said: str) -> None:
        """Put files into a folder with its delivery.yaml, and read them; `received` is a time of the story's day."""
        self.deliveries += 1
        home = self.folder / f"{source}-{self.deliveries}"
        home.mkdir()
        page = {"source": source, "received_at": DAY + received, "covers_from": "2026-03-01", "covers_to": "2026-03-10"} | said
        (home / "delivery.yaml").write_text("".join(f"{k}: {v}\n" for k, v in page.items()))
        for name, text in files.items():
            (home / name).write_text(text)
        read = self.ask("ingest", str(home), "--json")
        assert read["refused"] == [], read
        assert read["rejected"] == 0, read

    def run(self, *words: str, actor: str = "li") -> tuple[int, str]:
        """Give the exit code of a command and what it prints."""
        told = CliRunner().invoke(
            app, ["--workspace", str(self.folder / "case"), *words], catch_exceptions=False, env={"CUTLINE_ACTOR": actor}
        )
        return told.exit_code, told.stdout

    def ask(self, *words: str, actor: str = "li") -> Any:
        """Give what a command prints, an object where --json is among the words; it must succeed."""
        code, told = self.run(*words, actor=actor)
        assert code == 0, told
        return json.loads(told) if "--json" in words else told

    def trace(self) -> Any:
        """Trace the victim's report."""
        (one,) = self.ask("trace", "RPT1", *CLEAR, "--json")["traces"]
        return one


def transfers(*rows: tuple[str, str, str, str, str]) -> str:
    """Write transfers as a bank delivers them: id, time of day, payer and payee as bank/account, amount in yuan."""
    lines = [HEAD]
    for name, time, payer, payee, amount in rows:
        lines.append(f"{name},{DAY}{time}+08:00,{payer.replace('/', ',')},{payee.replace('/', ',')},{amount},CNY,,")
    return "\n".join(lines) + "\n"


def reported(folder: Path) -> Desk:
    """Open a desk on which a victim's bank has delivered what it knows: 50,000 yuan went to a mule at 10:00, and a report."""
    desk = Desk(folder)
    report = {
        "report_id": "RPT1",
        "kind": "loss",
        "received_at": DAY + "10:30:00+08:00",
        "reporter": "v1",
        "loss": "50000.00",
        "payments": [{"time": DAY + "10:00:00+08:00", "amount": "50000.00", "currency": "CNY", "reference": "T1"}],
    }
    paid = transfers(
        ("T0", "09:00:00", "BOC/1", "CCB/62270009", "1.00"),
        ("T1", "10:00:00", "CCB/62270001", "ICBK/62220002", "50000.00"),
        ("T2", "10:25:00", "BOC/1", "CCB/62270009", "1.00"),
    )
    desk.deliver("CCB", "10:31:00+08:00", {"transfers.csv": paid}, department="finance")
    desk.deliver("police", "10:32:00+08:00", {"reports.jsonl": json.dumps(report) + "\n"})
    return desk
