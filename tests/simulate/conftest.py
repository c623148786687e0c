"""A small province, simulated once for the whole folder, and its files as plain rows."""

import csv
import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from cutline.simulate import ProvinceConfig, SimulationSummary, simulate
from cutline.simulate.delivery import open_text

SMALL = ProvinceConfig(people=3_000, days=8, seed=5)


@dataclass
class Province:
    root: Path
    summary: SimulationSummary

    @cached_property
    def texts(self) -> dict[str, str]:
        files = sorted(p for p in self.root.rglob("*") if p.is_file() and p.parent.name != "truth" and p.suffix != ".yaml")
        return {str(p.relative_to(self.root)): open_text(p) for p in files}

    def rows(self, stem: str, source: str = "") -> list[dict[str, str]]:
        """Rows of all CSV files whose name begins so, as delivered, dirt and all."""
        found = []
        for name, text in self.texts.items():
            if name.split("/")[1].startswith(stem) and name.startswith(source) and ".csv" in name:
                found += [{**row, "file": name} for row in csv.DictReader(io.StringIO(text))]
        return found

    def truth(self, name: str) -> list[dict[str, str]]:
        with (self.root / "truth" / name).open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    @cached_property
    def dirt(self) -> dict[str, dict[str, int]]:
        result: dict[str, dict[str, int]] = json.loads((self.root / "truth" / "dirt.json").read_text())
        return result

    def json_lines(self, name: str) -> list[dict[str, Any]]:
        found = []
        for line in self.texts[name].splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return found


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    root = tmp_path_factory.mktemp("province")
    return Province(root, simulate(root, SMALL))
