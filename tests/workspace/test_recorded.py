"""What the judge of warnings looks up: the same rows, whether an analysis is in memory or only the lake."""

from pathlib import Path

import pytest

from cutline.settings import Settings
from cutline.workspace import Workspace
from cutline.workspace.recorded import records_of

OPENED = "2026-01-01T00:00:00+08:00"
VICTIM, NUMBER = "account:CN/ICBK/622202100001", "phone:+8613800130001"
ASKED = [VICTIM, NUMBER, "person:bank/h1", "account:CN/ICBK/622202109999"]


def deliver(folder: Path, department: str, files: dict[str, list[str]]) -> None:
    folder.mkdir()
    said = f"source: {folder.name}\ndepartment: {department}\nreceived_at: 2026-04-01T00:00:00+08:00\n"
    (folder / "delivery.yaml").write_text(said)
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("recorded")
    accounts = [f"ICBK,62220210000{k},h{k},{OPENED},1380013000{k}" for k in range(1, 5)]
    paid = [f"t{k},2026-03-0{k}T10:00:00+08:00,ICBK,62220210000{k},ICBK,62220210000{k % 4 + 1},{k}00,CNY" for k in range(1, 5)]
    heads = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency"
    called = [f"c{k},call,1380013000{k % 4 + 1},1380013000{k},2026-03-0{k}T09:00:00+08:00,60" for k in range(1, 5)]
    deliver(
        folder / "bank",
        "finance",
        {"accounts.csv": ["institution,account,holder,opened_at,phone", *accounts], "transfers.csv": [heads, *paid]},
    )
    deliver(folder / "telecom", "telecom", {"cdr.csv": ["record_id,type,a_number,b_number,start,duration_s", *called]})
    settings = Settings(folder / "case", b"k" * 32, "li")
    with Workspace.open(settings) as workspace:
        workspace.ingest([folder / "bank", folder / "telecom"])
    return settings


def test_the_records_say_the_same_from_memory_and_from_the_lake(case: Settings) -> None:
    with Workspace.open(case) as workspace:
        workspace.run()
        assert workspace.analysis is not None
        read, kept = (records_of(workspace.lake, index, ASKED) for index in (None, workspace.analysis.index))
        for looked_up in ("ties", "paid_by", "spoken_to"):
            lake, memory = (getattr(records, looked_up)(ASKED) for records in (read, kept))
            assert lake.sort(lake.columns).equals(memory.select(lake.columns).sort(lake.columns)), looked_up
            assert len(lake), looked_up


def test_only_rows_are_told_in_which_somebody_asked_for_stands_at_the_named_end(case: Settings) -> None:
    with Workspace.open(case) as workspace:
        records = records_of(workspace.lake, None, ASKED)
        assert records.paid_by([VICTIM])["payer"].to_list() == [VICTIM]
        assert records.spoken_to([NUMBER])["target"].to_list() == [NUMBER]
        assert {(a, b) for a, b in records.ties([VICTIM]).select("a", "b").rows()} == {
            ("person:bank/h1", VICTIM),
            (VICTIM, NUMBER),
        }
        assert records.paid_by(["account:CN/ICBK/622202109999"]).is_empty()
