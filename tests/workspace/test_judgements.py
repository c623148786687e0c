"""From proposals to judgements to the next run: nothing merges without an officer, and a reversal undoes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cutline.errors import UsageError
from cutline.risk import LINKS
from cutline.settings import Settings
from cutline.workspace import Access, Workspace
from cutline.workspace.judgements import Wish, approve_judgement, list_judgements, record_judgement, reverse_judgement
from cutline.workspace.resolving import resolve

PEOPLE = 40
BANK, TELECOM = "person:bank/h7", "person:telecom/s7"
CLEAR = Access(True, "a test of resolution")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A bank and an operator that know the same people by their own tokens; one person's accounts lie at both."""
    folder = tmp_path_factory.mktemp("judged")
    settings = Settings(folder / "case", b"k" * 32, "li")
    for name, department in (("bank", "finance"), ("telecom", "telecom")):
        (folder / name).mkdir()
        said = f"source: {name}\ndepartment: {department}\nreceived_at: 2026-04-01T00:00:00+08:00\n"
        (folder / name / "delivery.yaml").write_text(said)
    opened = "2026-01-01T00:00:00+08:00"
    accounts = [f"ICBK,62220210{k:04d},h{k},{opened},1380013{k:04d}" for k in range(PEOPLE)]
    (folder / "bank" / "accounts.csv").write_text("institution,account,holder,opened_at,phone\n" + "\n".join(accounts) + "\n")
    cards = [f"1380013{k:04d},8986001234567890{k:03d},s{k},{opened},active" for k in range(PEOPLE)]
    (folder / "telecom" / "cards.csv").write_text("msisdn,iccid,holder,activated_at,status\n" + "\n".join(cards) + "\n")
    with Workspace.open(settings) as workspace:
        assert workspace.ingest([folder / "bank", folder / "telecom"]).counts["accepted"] == 2 * PEOPLE
        workspace.run()
        assert rows_of(workspace, BANK) == rows_of(workspace, TELECOM) == 1
    return settings


def rows_of(workspace: Workspace, entity: str) -> int:
    """How many ties of the index that this workspace computed name an entity."""
    assert workspace.analysis is not None
    ties = workspace.analysis.index.tables["ties"].columns
    code = workspace.analysis.index.code(entity)
    return int((ties["a"] == code).sum() + (ties["b"] == code).sum())


def test_a_proposal_an_officer_accepts_and_a_reversal_undoes(case: Settings) -> None:
    with Workspace.open(case) as workspace:
        found = resolve(workspace, 100, CLEAR)
        assert found["total"] == PEOPLE, "every person once, and nobody else"
        proposal = next(p for p in found["proposals"] if p["subjects"] == [BANK, TELECOM])
        masked = resolve(workspace, 1, Access())["proposals"][0]["subjects"]
        assert all("~" in entity for entity in masked)
        before = workspace.run()
        assert before.unchanged, "proposals change nothing"
        judged = record_judgement(workspace, Wish("same", (proposal["proposal_id"],), "art. 18", "seen both contracts"))
        assert (judged["status"], judged["proposer"], judged["approver"]) == ("in force", "machine: resolve 1", "li")
        assert resolve(workspace, 1, Access())["total"] == PEOPLE - 1, "what is judged does not come back"
        assert not workspace.run().unchanged
        assert (rows_of(workspace, BANK), rows_of(workspace, TELECOM)) == (2, 0)
        shown = {r["entity"]: r["score"] for r in workspace.subjects("person", 0.0, 1000, CLEAR)["subjects"]}
        assert shown[BANK] == shown[TELECOM]
        told = workspace.explain(TELECOM, CLEAR)
        assert told["entity"] == BANK
        word = {"word": "judgement", "by": "machine: resolve 1, li", "judgement_id": judged["judgement_id"]}
        assert told["same_as"] == [{"entity": TELECOM, **word}]
        assert TELECOM not in str(workspace.explain(TELECOM, Access())["same_as"]), "who it is stays masked"
    with Workspace.open(case) as workspace:
        waiting = reverse_judgement(workspace, judged["judgement_id"], "art. 18", "his brother, same name")
        with pytest.raises(UsageError, match="another officer"):
            approve_judgement(workspace, waiting["judgement_id"], "I am sure")
        assert workspace.run().unchanged, "a reversal that waits reverses nothing"
    with Workspace.open(replace(case, actor="wang")) as workspace:
        approve_judgement(workspace, waiting["judgement_id"], "seen the file")
        assert not workspace.run().unchanged
        assert rows_of(workspace, BANK) == rows_of(workspace, TELECOM) == 1
        assert workspace.explain(TELECOM, CLEAR)["same_as"] == []
        assert [j["status"] for j in list_judgements(workspace, "", 9, Access())["judgements"]] == ["in force", "reversed"]


def test_what_an_issuer_says_is_the_issuers_word_and_no_judgement(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "delivery.yaml").write_text(
        "source: bank\ndepartment: finance\nreceived_at: 2026-04-01T00:00:00+08:00\n"
    )
    (tmp_path / "in" / "persons.csv").write_text("person,issuer,id_token,born_year,region\nh1,icbk,n1,1990,Hubei\n")
    with Workspace.open(Settings(tmp_path / "case", b"k" * 32, "li")) as workspace:
        workspace.ingest([tmp_path / "in"])
        workspace.run()
        for one, other in (("person:icbk/h1", "person:id/n1"), ("person:id/n1", "person:icbk/h1")):
            assert workspace.explain(one, CLEAR)["same_as"] == [{"entity": other, "word": "issuer", "by": "bank"}]
        assert list_judgements(workspace, "", 9, Access())["total"] == 0
    (label,) = (link.label for link in LINKS if link.relation == "same_as")
    assert "judgement" not in label.en
    assert "认定" not in label.zh


def test_what_is_judged_different_does_not_come_back(case: Settings) -> None:
    with Workspace.open(case) as workspace:
        found = resolve(workspace, 1, CLEAR)
        record_judgement(workspace, Wish("different", (found["proposals"][0]["proposal_id"],), "art. 18", "two birthplaces"))
        assert resolve(workspace, 1, CLEAR)["total"] == found["total"] - 1
        assert workspace.run().unchanged, "apart they were before"


def test_a_decided_case_names_an_entity_and_when_it_was_decided(case: Settings, tmp_path: Path) -> None:
    with Workspace.open(case) as workspace:
        wish = Wish("fraud", ("person:bank/h3",), "Criminal Law, art. 287-2", "court of Ruili", "2026-02-01")
        told = record_judgement(workspace, wish)
        assert (told["status"], told["decided_at"]) == ("proposed", "2026-02-01T00:00:00+00:00")
        assert "h3" not in told["subjects"][0]
        for bad in (Wish("guilty", ("person:bank/h3",), "x", "abc"), Wish("same", ("nothing",), "x", "abc")):
            with pytest.raises(UsageError):
                record_judgement(workspace, bad)
        with pytest.raises(UsageError, match="2026-03-01"):
            record_judgement(workspace, replace(wish, decided_at="spring"))
        for impossible in ("2300-01-01", "1850-01-01", "1989-12-31T23:59:59+00:00"):
            with pytest.raises(UsageError, match="expected a time from 1990-01-01 until now"):
                record_judgement(workspace, replace(wish, decided_at=impossible))
        assert told["standing"] == []
        again = record_judgement(workspace, replace(wish, decided_at="2026-02-02"))
        assert again["standing"] == [{"judgement_id": told["judgement_id"], "status": "proposed"}]
    with Workspace.open(replace(case, actor="wang")) as workspace:
        assert approve_judgement(workspace, told["judgement_id"], "seen the file")["status"] == "in force"
        assert list_judgements(workspace, "fraud", 9, Access())["total"] == 2
        assert all(check["ok"] for check in workspace.doctor())
