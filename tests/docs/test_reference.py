"""The docs say what the code does: generated pages are current, links lead somewhere, commands that are shown exist."""

import re
import runpy
from pathlib import Path

import pytest
import typer

from cutline.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_reference_is_current():
    generated = runpy.run_path(str(ROOT / "docs" / "reference" / "generate.py"))["pages"]()
    stale = [name for name, text in generated.items() if (ROOT / "docs" / "reference" / name).read_text("utf-8") != text]
    assert not stale, f"run: python docs/reference/generate.py (stale: {stale})"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_that_are_shown_exist(page):
    known = set(typer.main.get_command(app).commands)
    shown = re.findall(r"^(?:\.venv/bin/)?cutline(?: --workspace \S+)? ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(shown) <= known


def test_pictures_in_the_readme_are_there():
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8")):
        assert (ROOT / picture).stat().st_size > 10_000
