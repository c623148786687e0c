"""A province delivered in two turns: what its sources knew on the morning of a day, and what they told later."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

ZONE = ZoneInfo("Asia/Shanghai")
DATED = re.compile(r"(\d{4}-\d{2}-\d{2})")
WHEN = ("time", "sent_at", "received_at", "datePosted", "first_seen", "bought_at")
"""Columns that say when a row could be told first; a table without any of them is told whole on the first day."""


def stagger(province: Path, folder: Path, day: date, late: str) -> tuple[Path, Path]:
    """Write the deliveries of a province as those until a day, received that morning, and all others, received in the end.

    Everything of the deliverer `late` comes in the end. Gives both folders.
    """
    early, rest = folder / "early", folder / "rest"
    for page in sorted(province.rglob("delivery.yaml")):
        home = page.parent.relative_to(province)
        for turn in (early, rest):
            (turn / home).mkdir(parents=True)
        said = yaml.safe_load(page.read_text(encoding="utf-8"))
        midnight = datetime.combine(day, time(), ZONE)
        until = {"received_at": (midnight + timedelta(hours=6)).isoformat(), "covers_to": midnight.isoformat()}
        (rest / home / page.name).write_text(yaml.safe_dump(said), encoding="utf-8")
        (early / home / page.name).write_text(yaml.safe_dump(said | until), encoding="utf-8")
        for file in sorted(page.parent.iterdir()):
            if file != page and file.is_file():
                _part(file, (rest / home, rest / home) if home.parts[0] == late else (early / home, rest / home), day)
    return early, rest


def _part(file: Path, turns: tuple[Path, Path], day: date) -> None:
    dated = DATED.search(file.name)
    if dated or file.suffix not in (".csv", ".jsonl"):
        shutil.copy(file, turns[dated is not None and date.fromisoformat(dated[1]) >= day])
    else:
        # Byte by byte: sources write in several encodings, and none of them hides a comma, a quote or the end of a line.
        lines = [line + "\n" for line in file.read_bytes().decode("latin-1").split("\n") if line]
        head, rows = ("", lines) if file.suffix == ".jsonl" else (lines[0], lines[1:])
        told = map(json.loads, rows) if file.suffix == ".jsonl" else csv.DictReader(lines)
        _write(file.name, head, rows, [_later(row, day) for row in told], turns)


def _later(row: Mapping[str, object], day: date) -> bool:
    told = next((str(row[name]) for name in WHEN if row.get(name)), "")
    if not told:
        return False
    moment = datetime.fromisoformat(told)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(ZONE).date() >= day


def _write(name: str, head: str, lines: list[str], later: list[bool], turns: tuple[Path, Path]) -> None:
    for turn in sorted(set(turns)):
        mine = [line for line, late in zip(lines, later, strict=True) if turns[late] == turn]
        if mine:
            (turn / name).write_bytes("".join([head, *mine]).encode("latin-1"))
