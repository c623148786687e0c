"""Write the reference pages from the code: `python docs/reference/generate.py`. A test fails where a page is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cutline.cli.app import app
from cutline.model.entities import ACTIONS, ENTITY_KINDS, GRADES, ROLES
from cutline.model.tables import COMMON, TABLES, Column
from cutline.risk.association import ASSOCIATIONS
from cutline.typologies.catalogue import Typology, load_catalogue
from cutline.typologies.origins import ORIGINS
from cutline.typologies.wording import lexicons

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """Give every reference page by file name."""
    return {"tables.md": _tables(), "typologies.md": _typologies(), "commands.md": _commands(), "words.md": _words()}


def _tables() -> str:
    marks = "★: a row cannot do without it. Protected: no typology and no score may name it."
    parts = [f"# The lake's tables\n\nGenerated from `model/tables.py`. {marks}\n"]
    parts += ["\n## Common columns\n", _columns(COMMON)]
    for table in TABLES.values():
        parts += [f"\n## {table.name} · {table.label.zh}\n\nFlow: {table.flow}.\n", _columns(table.columns)]
    return "\n".join(parts) + "\n"


def _columns(columns: tuple[Column, ...]) -> str:
    rows = ["| column | unit | what | 说明 |", "|---|---|---|---|"]
    for c in columns:
        kinds = "any kind" if len(c.kinds) == len(ENTITY_KINDS) else ", ".join(c.kinds or c.values)
        unit = str(c.unit) + (f": {kinds}" if kinds else "")
        mark = ("★ " if c.required else "") + ("(protected) " if c.protected else "")
        rows.append(f"| {mark}`{c.name}` | {unit} | {c.label.en} | {c.label.zh} |")
    return "\n".join(rows)


def _typologies() -> str:
    parts = ["# Typologies\n\nGenerated from the shipped catalogue. An indicator is a lead, never proof.\n"]
    for t in load_catalogue():
        kind = "warns a potential victim; accuses nobody" if t.warning else f"about a {t.subject}"
        parts.append(
            f"## {t.id}\n\n{t.title.en} · {t.title.zh}\n\n- flow: {t.flow}; {kind}\n- basis: {t.basis}\n- source: {t.source}\n"
            f"- innocent look-alikes: {', '.join(t.traps)}\n{_advice(t)}"
        )
    rows = [f"| `{name}` | {label.en} | {label.zh} |" for name, label in sorted(ASSOCIATIONS.items())]
    head = [
        "## Associations",
        "",
        "What events tie to reported losses and to suspects.",
        "",
        "| id | English | 中文 |",
        "|---|---|---|",
    ]
    parts.append("\n".join([*head, *rows]) + "\n")
    return "\n".join(parts)


def _advice(typology: Typology) -> str:
    if not typology.warning:
        return ""
    advice = typology.document.label("advice")
    return f"- what to tell them: {advice.en} · {advice.zh}\n"


def _commands() -> str:
    parts = ["# Commands\n\nGenerated from the command line. Every command takes `--json` and `--help`.\n"]
    for name, command in _all_commands(typer.main.get_command(app)):
        rows = []
        for p in command.params:
            if p.name == "help":
                continue
            spelled = ", ".join(f"`{o}`" for o in p.opts) if p.param_type_name == "option" else f"`{str(p.name).upper()}`"
            rows.append(f"| {spelled} | {getattr(p, 'help', None) or ''} |")
        parts.append(f"## cutline {name}\n\n{command.help}\n\n| | |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _all_commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        yield before + name, command
        if hasattr(command, "commands"):
            yield from _all_commands(command, f"{before}{name} ")


def _words() -> str:
    parts = ["# Words\n\nKinds of entity, roles, proposed actions and grades of warning, in both languages.\n"]
    for title, words in (
        ("Kinds of entity", ENTITY_KINDS),
        ("Roles", ROLES),
        ("Actions", ACTIONS),
        ("Grades of a warning", GRADES),
    ):
        rows = "\n".join(f"| `{key}` | {label.en} | {label.zh} |" for key, label in words.items())
        parts.append(f"## {title}\n\n| id | English | 中文 |\n|---|---|---|\n{rows}\n")
    rows = "\n".join(f"| `says_{x.id}` | {x.title.en} | {x.title.zh} | {x.serves} | {x.source} |" for x in lexicons().values())
    head = "| condition | English | 中文 | serves | source |\n|---|---|---|---|---|"
    parts.append(
        f"## What texts say\n\nLexicons that a typology may ask for. None serves anything but fraud.\n\n{head}\n{rows}\n"
    )
    rows = "\n".join(f"| `…_{word}` | {meaning} | {', '.join(kinds)} |" for word, (_, meaning, kinds) in ORIGINS.items())
    parts.append(f"## What ids tell\n\n| behind a column | the entity … | of kind |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
