"""Write the reference pages from the code: `python docs/reference/generate.py`. A test fails where a page is out of date."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cutline.cli.app import app
from cutline.model.entities import ACTIONS, ENTITY_KINDS, GRADES, ROLES
from cutline.model.tables import COMMON, TABLES, Column
from cutline.risk.association import ASSOCIATIONS
from cutline.simulate import ProvinceConfig
from cutline.typologies.aggregates import AGGREGATES
from cutline.typologies.catalogue import Typology, load_catalogue
from cutline.typologies.origins import ORIGINS
from cutline.typologies.vocabulary import FACTS, LINKS, RELATIONS_ASKED, SUBJECTS, streams_of
from cutline.typologies.wording import lexicons

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """Give every reference page by file name."""
    return {
        "tables.md": _tables(),
        "typologies.md": _typologies(),
        "language.md": _language(),
        "commands.md": _commands(),
        "words.md": _words(),
        "province.md": _province(),
    }


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


LANGUAGE = """# The language of typologies

Generated from the vocabulary. A condition compares measures; a measure is `aggregate(stream.column[filter], window)`.

- A window `48h` holds what happened in (t - 48h, t]; `48h before 6h` ends six hours earlier. `via phone` looks at the rows
  of tied entities while the tie holds; `by payee` at the rows of everybody who shares the present row's payee.
- A typology is judged at the rows of `on:` (else of every stream that `when` names). `every: 6h` adds ticks, at multiples of it
  counted from midnight in China, from the subject's first row in the time of the deliveries on until nothing can change: so
  that absence is seen when nothing happens. At a tick there is no present row: `repeats`, measures `by` a value and patterns
  have nothing to measure.
- `peers(p90, sum(transfers.in.value, 24h))` is what nine tenths of all subjects of the kind did not exceed by that measure at
  the last midnight in China: of those for whom it is known and not zero, and unknown with fewer than twenty of them.
  `peers(p90, …, same class)`, `same age` or both: of those alone whose class is the same, or who were opened as long ago (up to
  30 days, 180 days, two years, longer); unknown where nobody recorded it.
- Units are checked: `2,000 CNY`, `30min`, `80 %`. What is missing makes a measure a pair of bounds; HIT only if certainly true.
- Patterns are measured at the subject's own row, the last of the pattern, in the graph of everybody's rows that pass the
  filter: `chain(transfers.out, 3d, within 6h, keeping 90 %)`: each row at most 6 h after the one before, the smaller of two
  amounts at least 90 % of the larger. Rows of one instant carry no order. Paths have at most 8 rows and lead through no
  holder whom more than 100 rows reached in the window, nor one that serves everybody (an exchange, a bridge, a pool, by lists
  or by conduct): whose money goes on from there nobody can tell. A search that its budget of steps ended is a lower bound,
  and the finding says so (`truncated`). Put cheaper conditions before them: a search is made only where they may hold.
- `together(transfers.out.terminal, 30d, within 15min)`: on how many occasions (a place on a day) the most frequent company
  was at the same place within that time; more than six others are a crowd and no company. `consecutive` compares the digits
  that ids end in, of bank cards also without the check digit.
- `steps:` name what happens in turn. A letter is the same entity wherever it stands: `one: transfers A -> B`, `two: transfers
  B -> C`, `three: transfers C -> A` is a round that ends with whom it began. Different letters may be the same entity. The
  subject is what the last two steps share; where they share two, the one from which the last leads, or whom `about: B` names,
  a letter of the last step. `paid: transfers B -> C, within 2h after called`, or `10min to 2h after called`: at least ten
  minutes and less than two hours later; the step before or any earlier one, `within 5h after one`. Steps come in their order,
  and one row is one step. Measures name the last two: `count(spread)` counts rows of the last step, in its time up to now,
  that lie after a row of the one before.
- Where each step shares one letter with the one before and none comes back later, neighbours tell all. Else (two letters
  shared, one that comes back, a time from further back, `about:` somebody else) the rows of all steps are joined: measures
  name the last step, and count its rows, in its time up to now, that end the whole sequence. Each step must share a letter
  with a later one. The search looks at 20,000 rows for one row of the last step at most; what it could not finish is not
  assessable, and says so.
- `called: contacts A -> phone of B, 3 times` must have happened three times in the time that the next step gives; `3 different
  A` by three different callers. All of them are cited. How often the last step happens, `when` says.
- `silent: no contacts phone of B -> *, within 1d before paid` must not have happened (`1h to 1d before paid` leaves out the
  last hour); `no …, between called and paid`: not since the latest `called` that the next step can follow. Absence is certain
  only where the deliveries reach over the whole time, as for any window: else the step may have happened, and nothing is a HIT.
  It is told of one entity, whom the two steps share; the other end is `*`. What has not come *after* a step is seen by ticks:
  `every: 6h` and `count(…) == 0`.
- *First seen*: `age(subject) < 30d` is the time since an entity was opened, where its records say; `first_gap(transfers.in,
  90d) < 7d` the time since its first row in a window, none of it before; `count(transfers.in, 90d before 7d) == 0` that it
  had none earlier. Where a window begins before the deliveries do, the last two are not assessable.
- `hour` (0 to 23) and `night` (from 23:00 to 5:59) are columns of every row, on the clocks of China, wherever the row happened:
  `count(transfers.out[night], 7d)`, `count(contacts.in[hour < 9 or hour >= 18], 7d)`.
- In stories (`tests:`) times count from midnight in UTC: `1d 10h` is 18:00 in China. `clock: "+08:00"`, in a story or among the
  `defaults`, counts them from midnight there.
- Nothing is seen before it was known: a run as of a moment reads only what had been received by then.
"""


def _language() -> str:
    parts = [LANGUAGE, "## Streams of a subject\n\n| subject | streams |\n|---|---|"]
    for subject in SUBJECTS:
        streams = ", ".join(f"`{stream}`" for stream in streams_of(subject))
        parts.append(f"| `{subject}` | {streams or 'none'} |")
    parts.append("\n## Computed columns\n\nBeside those of the [tables](tables.md).\n\n| column | of | what |\n|---|---|---|")
    parts += [f"| `{name}` | {of} | {what} |" for name, (of, what) in COMPUTED.items()]
    parts.append("\n## Ties to follow\n\n| `via` | to | through |\n|---|---|---|")
    parts += [f"| `{name}` | {', '.join(link.kinds)} | {', '.join(link.relations)} |" for name, link in LINKS.items()]
    parts.append("\n## Aggregates\n\n| aggregate | of | gives | what |\n|---|---|---|---|")
    for name, aggregate in AGGREGATES.items():
        takes = ", ".join(str(sort) for sort in aggregate.takes) or "rows"
        parts.append(f"| `{name}` | {takes} | {aggregate.gives or 'as its argument'} | {aggregate.meaning} |")
    parts.append("\n## What lists and records say\n\n| question | what |\n|---|---|")
    parts += [f"| `{question}` | {meaning} |" for question, meaning in QUESTIONS.items()]
    facts = [f"| `{name}` | {', '.join(words) or 'any text'} |" for name, words in FACTS.items()]
    parts += ["\n| fact | words |\n|---|---|", *facts]
    parts.append(f"\nTies that `tied` knows: {', '.join(f'`{name}`' for name in RELATIONS_ASKED)}.\n")
    return "\n".join(parts)


COMPUTED = {
    "value": ("transfers", "the amount in CNY at the time; unknown where nobody told a price"),
    "piece": ("transfers", "whether a single thing was moved (an NFT) and no money"),
    "hour": ("every table", "hour of the day in China, 0 to 23"),
    "night": ("every table", "whether it happened from 23:00 to 5:59 in China"),
    "…_kind": ("every table", "behind the name of an entity column: of which kind the entity is, as in `b_kind = 'phone'`"),
}
"""Columns that filters and measures may name beside those of the tables."""

QUESTIONS = {
    "tag(subject, 'payroll')": "a list says so now; unknown where no list was delivered",
    "fact(subject, 'class') = 'III'": "what holds of it now, of several what began last; unknown where nobody recorded it",
    "age(subject) < 30d": "time since it was opened last; unknown where nobody recorded it",
    "tied(payee, 'family')": "in a filter: whether the row's two sides, or those who own them, are tied so then; `owner`: both "
    "have an owner in common, which tells own accounts. Tokens that issuers call one person are one. Unknown where an owner is",
    "met(source, 5d before 2d)": "in a filter of contacts or transfers: whether the row's two sides had met, whichever way, in "
    "the five days before the last two; `not met(…)` tells a stranger. Unknown where the deliveries do not reach back so far",
}
"""Questions to lists and records; inside a filter they may be asked of the entity in a column."""


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


def _province() -> str:
    told = (
        "# The synthetic province\n\nGenerated from `simulate/config.py`: every number of what `cutline simulate` and "
        "`cutline demo` write.\n"
        "(stat): public statistics, rounded; (S): a secondary source; (ours): our own assumption. People, "
        "days, seed and rings are\noptions of the command; the rest is fixed. No detector reads any of this.\n"
    )
    parts = [told]
    head = "| number | value | what it is, and where from |\n|---|---|---|"
    for line in inspect.getsource(ProvinceConfig).splitlines():
        if section := re.match(r" {4}# --- (.+?) -*$", line):
            parts.append(f"\n## {section[1].strip().capitalize()}\n\n{head}")
        elif len(parts) > 1 and (field := re.match(r" {4}(\w+): .+? = .*?# (.+)$", line)):
            value = str(getattr(ProvinceConfig(), field[1])).replace("|", "\\|")
            parts.append(f"| `{field[1]}` | {value} | {field[2]} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
