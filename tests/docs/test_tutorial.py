"""The tutorial works as it is written: its commands are run, in its order."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutline.cli.app import app

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-ring.md"


def _ask(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, f"{' '.join(words)}: {done.output}"
    return done.stdout


@pytest.mark.slow
def test_every_command_of_the_tutorial_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^cutline (.+)$", TUTORIAL.read_text("utf-8"), re.MULTILINE)
    assert len(commands) >= 12
    for command in commands:
        assert _ask(*shlex.split(_filled(command))).strip(), command


def _filled(command: str) -> str:
    """Put in what the reader would copy from the screen."""
    if "ENTITY" in command:
        found = json.loads(_ask("--workspace", "case", "findings", "--limit", "1", "--json"))["findings"]
        return command.replace("ENTITY", found[0]["subject"])
    if "REPORT" in command:
        lines = Path("province/police-province/reports.jsonl").read_text("utf-8").splitlines()
        reports = [json.loads(line) for line in lines if line.endswith("}")]
        return command.replace("REPORT", next(r["report_id"] for r in reports if r["kind"] == "loss" and r["payments"]))
    return command
