"""Bad input as a user meets it: a message with what, where and what next, an exit code, never a traceback."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cutline.cli import app as command_line

HEADER = "transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency\n"
GOOD = "t1,2026-03-01T10:00:00+08:00,ICBK,6222000000000001,ABOC,6228000000000001,5,CNY\n"
ACCOUNT = "6222000000000001"
NOBODY = 65534
PACS = "urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """Standard output as the one JSON object that it must be."""
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told

    @property
    def refusal(self) -> str:
        """The one file that was refused, and why."""
        (refused,) = self.answer["refused"]
        return str(refused["message"])


@pytest.fixture
def cutline(tmp_path, monkeypatch, capsys):
    """Run the command line as `cutline --workspace W …` does, through its own last stop for errors."""

    def run(*words: str | Path, workspace: Path | None = None) -> Told:
        case = workspace or tmp_path / "case"
        monkeypatch.setattr(sys, "argv", ["cutline", "--workspace", str(case), *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Told(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def ingest(tmp_path, cutline):
    """Deliver one file and ingest it."""

    def run(content: bytes | str, name: str = "a.csv", page: str = "source: icbk\n") -> Told:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        (folder / "delivery.yaml").write_text(page)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        told = cutline("ingest", folder, "--json")
        assert ACCOUNT not in told.out + told.err
        if told.out:
            counts = told.answer
            parts = ("accepted", "merged", "duplicates", "rejected")
            assert counts["read"] == sum(counts[name] for name in parts)
        return told

    return run


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "an empty file; expected a header or records; have it sent again"),
        (" \n\n", "an empty file"),
        ((HEADER + GOOD).encode("utf-16"), "UTF-16; expected UTF-8, GB18030 or latin-1; save it as UTF-8"),
        (gzip.compress((HEADER + GOOD * 900).encode())[:-30], "truncated or damaged"),
        (bytes(range(256)) * 40, "a binary file"),
        (GOOD * 2, "no names of columns; expected a header row"),
        (f'[{{"account": "{ACCOUNT}"}}]', "one object a line"),
        (
            f'<!DOCTYPE a [<!ENTITY b "{"x" * 99}"><!ENTITY c "&b;&b;&b;">]><Document xmlns="{PACS}">&c;</Document>',
            "a document type declaration; expected XML without DTD",
        ),
        (
            f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Document xmlns="{PACS}">&b;</Document>',
            "a document type declaration; expected XML without DTD",
        ),
        (f'<Document xmlns="{PACS}"><FIToFICstmrCdtTrf><GrpHdr>', "no well-formed XML"),
        (f'<Document xmlns="{PACS.replace("pacs.008", "pain.001")}"><CstmrCdtTrfInitn/></Document>', "the message pain.001"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(content, words, ingest):
    told = ingest(content)
    assert told.exit_code == 1
    assert words in told.refusal
    assert "in/a.csv" in told.refusal


def test_a_header_alone_is_read(ingest):
    told = ingest(HEADER)
    assert (told.exit_code, told.answer["read"], told.answer["refused"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        (("6222", "\udc81\udcff62"), "", "in the file's encoding"),
        ((",5,", ",-5,"), "amount", "amount ≥ 0"),
        ((",5,", f",{'9' * 60},"), "amount", "amount_out_of_range"),
        ((",5,", ",NaN,"), "amount", "decimal"),
        (("2026", "9999"), "time", "1900 to 2099"),
        (("+08:00", "+25:00"), "time", "ISO 8601"),
        (("t1", "x" * 10_000_000), "", ""),
        ((",CNY", ",CNY,6,7"), "", ""),
        (("t1", ""), "transfer_id", "a value"),
    ],
    ids=["bytes", "negative", "huge", "nan", "9999", "offset", "10 MB", "ragged", "empty"],
)
def test_a_bad_row_is_a_reject_and_its_neighbours_enter(change, field, expected, ingest, cutline):
    bad = GOOD.replace(*change)
    told = ingest((HEADER + GOOD.replace("t1", "a") + bad + GOOD.replace("t1", "b")).encode(errors="surrogateescape"))
    counts = {name: told.answer[name] for name in ("read", "accepted", "rejected")}
    assert (told.exit_code, counts) == (0, {"read": 3, "accepted": 2, "rejected": 1})
    masked = cutline("rejects", "--json")
    assert ACCOUNT not in masked.out
    (reject,) = cutline("rejects", "--unmask", "--reason", "tests", "--json").answer["rejects"]
    assert reject["row"] == 2
    assert field in reject["field"]
    assert expected in reject["expected"]
    assert "tests" in (Path(sys.argv[2]) / "audit" / "log.jsonl").read_text()


def test_a_clock_in_another_zone_is_the_same_moment(ingest):
    rows = [
        GOOD,
        GOOD.replace("t1", "t2").replace("10:00:00+08:00", "02:00:00Z"),
        GOOD.replace("t1", "t3").replace("+08:00", ""),
    ]
    told = ingest(HEADER + "".join(rows), page="source: icbk\nzone: Asia/Phnom_Penh\n")
    assert (told.answer["accepted"], told.answer["zone_assumed"]) == (3, [])
    told = ingest(HEADER + rows[2].replace("t3", "t4"), "b.csv", "source: other\n")
    assert told.answer["zone_assumed"] == ["Asia/Shanghai"]


def test_one_id_with_two_contents_keeps_the_first(ingest, cutline):
    told = ingest(HEADER + GOOD + GOOD + GOOD.replace(",5,", ",6,"))
    assert [told.answer[name] for name in ("read", "accepted", "duplicates", "rejected")] == [3, 1, 1, 1]
    (reject,) = cutline("rejects", "--json").answer["rejects"]
    assert "same id" in reject["expected"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("zone: Mars/Phobos", "IANA zone"),
        ("source: [", "YAML"),
        ("covers_from: 2026-02-30", "YAML"),
        ("source: id", "reserved"),
    ],
)
def test_a_bad_page_refuses_its_files_and_says_why(page, words, ingest):
    told = ingest(HEADER + GOOD, page=page)
    assert told.exit_code == 1
    assert words in told.refusal


def test_files_of_one_name_are_told_apart_and_a_refused_one_fails_only_where_strict(cutline, tmp_path):
    for folder, row in (("march", GOOD), ("april", GOOD + GOOD.replace(",", ""))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "delivery.yaml").write_text("source: icbk\n")
        (tmp_path / folder / "paid.csv").write_text(HEADER + row)
        (tmp_path / folder / "empty.csv").write_bytes(b"")
    told = cutline("ingest", tmp_path / "march", tmp_path / "april")
    assert told.exit_code == 0
    assert "march/paid.csv" in told.out
    assert "april/paid.csv" in told.out
    assert "icbk/paid.csv" in cutline("rejects").out
    (reject,) = cutline("rejects", "--json").answer["rejects"]
    assert reject["batch"]
    assert reject["batch"][:8] in cutline("rejects").out
    assert reject["received_at"][:10] in cutline("rejects").out
    assert cutline("ingest", tmp_path / "march").exit_code == 0
    assert cutline("ingest", tmp_path / "march", "--strict").exit_code == 1


def test_a_path_that_does_not_exist_and_a_kind_nobody_knows(cutline, tmp_path):
    told = cutline("ingest", tmp_path / "nowhere")
    assert (told.exit_code, "no such file or folder" in told.err) == (1, True)
    (tmp_path / "a.csv").write_text(HEADER)
    told = cutline("ingest", tmp_path / "a.csv", "--as", "moon")
    assert (told.exit_code, "expected one of" in told.err) == (2, True)
    assert cutline("ingest", tmp_path / "a.csv", "--as", "bank_transfers").exit_code == 0
    told = cutline("ingest", tmp_path / "a.csv", "--as", "moon")
    assert (told.exit_code, "expected one of" in told.err) == (2, True)
    assert cutline("ingest").exit_code == 2


def test_a_workspace_of_a_newer_version_is_left_alone(cutline, ingest, tmp_path):
    ingest(HEADER + GOOD)
    (tmp_path / "case" / "VERSION").write_text("99\n")
    for words in (["ingest", tmp_path / "in"], ["rejects"], ["doctor"], ["purge"], ["run"]):
        told = cutline(*words)
        assert told.exit_code == 1
        assert "layout 99" in told.err
        assert "update cutline" in told.err


def test_what_a_trace_does_not_find_is_named_by_pseudonym(ingest, cutline):
    payment = {"time": "2026-03-01T10:00:00+08:00", "amount": 9, "currency": "CNY", "to": f"ICBK/{ACCOUNT}"}
    report = {"report_id": "R1", "kind": "loss", "received_at": "2026-03-02T10:00:00+08:00", "payments": [payment]}
    ingest(HEADER + GOOD)
    ingest(json.dumps(report), "r.jsonl")
    cutline("run")
    told = cutline("trace", "R1", "--json")
    assert told.exit_code == 0
    assert len(told.answer["unresolved"]) == 1
    assert ACCOUNT not in told.out
    payer = f"account:CN/ICBK/{ACCOUNT}"
    clear = cutline("subjects", "--json", "--unmask", "--reason", "tests").answer["subjects"]
    masked = cutline("subjects", "--json").answer["subjects"]
    (name,) = [m["entity"] for c, m in zip(clear, masked, strict=True) if c["entity"] == payer]
    told = cutline("trace", name)
    assert (told.exit_code, name in told.err, ACCOUNT in told.err) == (2, True, False)


@pytest.mark.parametrize("verb", ["run", "purge", "doctor", "alerts"])
def test_only_what_brings_something_in_makes_a_workspace(verb, cutline, tmp_path):
    told = cutline(verb, workspace=tmp_path / "nowhere")
    assert (told.exit_code, "cutline ingest" in told.err) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_a_workspace_that_cannot_be_made_is_told(cutline, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + GOOD)
    told = cutline("ingest", tmp_path / "a.csv", workspace=tmp_path / "a.csv" / "inside")
    assert told.exit_code == 1
    assert "expected a folder" in told.err


AS_NOBODY = """
import contextlib, io, os, sys
from cutline.cli import app
given = sys.argv
sys.argv = [given[0], "--workspace", "warm", "ingest", "in/good/a.csv"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    app.main()
sys.argv = given
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(%d)
    os.setuid(%d)
app.main()
"""


def test_an_unreadable_folder_is_named_and_stops_nothing_else():
    """Root reads everything, so that the process gives its rights away once it is loaded."""
    with tempfile.TemporaryDirectory() as aside:
        folder = Path(aside)
        folder.chmod(0o755)
        for name in ("shut", "good"):
            (folder / "in" / name).mkdir(parents=True)
            (folder / "in" / name / "a.csv").write_text(HEADER + GOOD.replace("t1", name))
        (folder / "case").mkdir()
        (folder / "case").chmod(0o777)
        (folder / "in" / "shut").chmod(0)
        words = ["--workspace", str(folder / "case"), "ingest", str(folder / "in"), "--json"]
        script = AS_NOBODY % (NOBODY, NOBODY)
        done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False, cwd=folder)
        (folder / "in" / "shut").chmod(0o755)
    told = Told(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in told.err
    assert told.exit_code == 0, told.err
    assert "Permission denied" in told.refusal
    assert told.answer["accepted"] == 1


def test_what_nobody_foresaw_is_one_line_that_quotes_nothing(cutline, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ValueError(ACCOUNT)

    monkeypatch.setattr(command_line.rooms.Workspace, "open", fail)
    told = cutline("doctor")
    assert told.exit_code == 70
    assert "ValueError at" in told.err
    assert ACCOUNT not in told.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("findings", "--limit", "none", "--json"), "--limit"),
        (("findings", "--limti", "3", "--json"), "--limti"),
        (("--json", "no-such-verb"), "No such"),
        (("ingest", "--json"), "Missing argument"),
        (("ingest", "", "--json"), "an empty path"),
        (("--workspace", " ", "rings", "--json"), "an empty path"),
    ],
)
def test_a_wrong_call_answers_a_machine_in_json(cutline, words, found):
    told = cutline(*words)
    assert told.exit_code == 2
    assert told.answer["exit_code"] == 2
    assert found in told.answer["error"]
    assert len(told.err.strip().splitlines()) == 1


def test_a_known_error_and_a_failed_check_answer_a_machine_too(cutline, tmp_path):
    told = cutline("findings", "--json")
    assert (told.exit_code, "no workspace here" in told.answer["error"]) == (1, True)
    (tmp_path / "bad.yaml").write_text("id: [")
    told = cutline("typologies", "check", tmp_path / "bad.yaml", "--json")
    assert (told.exit_code, len(told.answer["faults"])) == (1, 1)


TYPO = """\
id: typo
title: {en: Money in, zh: 进账}
flow: money
subject: account
on: transfers.out
when:
  all:
    - count(transfers.out[chanel = 'pos'], 14d) == 0
hold: 48h
reason: {en: "x", zh: "x"}
basis: none
source: none
traps: [payroll]
tests:
  hit: {subject: "account:CN/ICBK/1", rows: {}}
  look-alike: {subject: "account:CN/ICBK/1", rows: {}}
  boundary: {subject: "account:CN/ICBK/1", rows: {}}
  missing-data: {subject: "account:CN/ICBK/1", rows: {}}
"""


def test_a_typology_with_a_typo_is_pointed_at(cutline, tmp_path):
    (tmp_path / "typo.yaml").write_text(TYPO)
    told = cutline("typologies", "check", tmp_path / "typo.yaml", "--json")
    assert told.exit_code == 1
    (fault,) = told.answer["faults"]
    assert (fault["line"], fault["column"]) == (8, 27)
    assert "chanel" in fault["found"]
    assert "channel" in fault["expected"]
    told = cutline("typologies", "check", tmp_path / "typo.yaml", tmp_path / "none.yaml")
    assert "typo.yaml:8:27" in told.out
    assert "none.yaml:1:1: the file cannot be read" in told.out


def test_typologies_are_listed_shown_and_sound(cutline):
    listed = cutline("typologies", "list", "--json").answer
    assert listed["total"] == len(listed["typologies"]) > 2
    name = listed["typologies"][0]["id"]
    assert f"id: {name}" in cutline("typologies", "show", name).out
    assert cutline("typologies", "show", name, "--json").answer["id"] == name
    assert name in cutline("typologies", "list").out
    assert cutline("typologies", "check").exit_code == 0
    told = cutline("typologies", "show", "nothing")
    assert (told.exit_code, "known:" in told.err) == (2, True)
