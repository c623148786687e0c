"""A simulated province through the whole catalogue: what its stories plant is found there, and nobody else is named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cutline.model.evidence import Finding
from cutline.settings import Settings
from cutline.simulate import ProvinceConfig, simulate
from cutline.workspace import Workspace

pytestmark = pytest.mark.slow

PLANTED = ("job-lure", "compound", "sim-box", "call-then-spread")
"""Typologies whose stories the simulator tells in every province that has a ring."""

Told = tuple[list[Finding], dict[str, str], set[str]]
"""Findings, roles by true entity, and who only resembles."""

LEADS = ("spoofed-ingress", "usdt-otc-desk", "structuring", "freeze-evasion", "ecny-wallet-cluster", "shared-payer-travel")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("province")
    simulate(folder / "native", ProvinceConfig(people=2_500, days=24, seed=7))
    with Workspace.open(Settings(folder / "w", None, "test")) as workspace:
        workspace.ingest([folder / "native"])
        workspace.run()
        assert workspace.analysis is not None
        findings = list(workspace.analysis.detection.findings)
    roles = {row["entity"]: row["role"] for row in _rows(folder / "native/truth/subjects.csv")}
    innocent = {row["entity"] for row in _rows(folder / "native/truth/look_alikes.csv")} - roles.keys()
    return findings, roles, innocent


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("typology", PLANTED)
def test_what_is_planted_is_found_and_only_there(province: Told, typology: str) -> None:
    findings, roles, _ = province
    subjects = {f.subject for f in findings if f.typology == typology}
    assert subjects
    assert subjects <= roles.keys()


def test_a_lead_that_a_look_alike_shares_stays_below_an_alert(
    province: Told,
) -> None:
    findings, _, innocent = province
    loud = {(f.typology, f.subject) for f in findings if f.typology in LEADS and f.subject in innocent and f.strength > 0.35}
    assert not loud


def test_every_warning_of_the_catalogue_says_what_to_tell(
    province: Told,
) -> None:
    warnings = [f for f in province[0] if f.warning]
    assert warnings
    assert all(f.advice_en and f.advice_zh for f in warnings)
