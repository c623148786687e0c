"""A ring as it is: who does what, and who is tied to whom, in one lane for each role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from cutline.model.entities import ENTITY_KINDS, ROLES, kind_of
from cutline.model.evidence import Member
from cutline.model.numerals import counted
from cutline.report.svg import PALETTE, WIDTH, circle, line, svg, text

LANE_ORDER = (
    "organiser",
    "recruiter",
    "smuggler",
    "promoter",
    "caller",
    "technician",
    "sim_box_keeper",
    "card_dealer",
    "card_farmer",
    "supplier",
    "mule",
    "launderer",
    "otc_merchant",
    "",
)
"""From those who lead and lure, over those who call and supply, to those who move the money; the unclear come last."""

KIND_COLOURS = {
    "person": "#b3261e",
    "phone": "#2f6fb3",
    "subscriber": "#2f6fb3",
    "device": "#5b6875",
    "account": "#8a5a00",
    "ecny_wallet": "#a15c00",
    "address": "#00736b",
    "handle": "#7a3e9d",
    "website": "#7a3e9d",
    "organisation": "#b3261e",
}
PER_LANE = 24
LINK_LABELS = {"money": "pays or calls 付款、通话", "shared": "one device 同一设备", "tie": "tied by a record 登记关联"}


@dataclass(frozen=True, slots=True)
class Link:
    """Two members that belong together, and how: `money`, `call`, `shared` or `tie`."""

    a: str
    b: str
    kind: str


def draw_structure(members: Sequence[Member], links: Sequence[Link], show: Callable[[str], str]) -> str:
    """Draw members as discs in lanes by role, with the links between those that are drawn."""
    lanes = _lanes(members)
    places: dict[str, tuple[float, float]] = {}
    discs: list[str] = []
    y = 28.0
    for role, here in lanes:
        label = ROLES[role].en + " · " + ROLES[role].zh if role else "role not clear · 角色未明"
        discs.append(text(8, y + 4, label, font_size=13, fill=PALETTE["ink"]))
        discs.append(text(8, y + 20, f"{len(here)}", font_size=12, fill=PALETTE["quiet"]))
        drawn = here[:PER_LANE]
        step = min(70.0, (WIDTH - 260) / max(1, len(drawn)))
        for k, member in enumerate(drawn):
            x = 240 + k * step
            places[member.entity] = (x, y)
            kind = kind_of(member.entity)
            note = f"{show(member.entity)}: {ENTITY_KINDS[kind].en}; {member.because_en}"
            radius = 5 + 5 * member.belongs
            discs.append(circle(x, y, radius, note, fill=KIND_COLOURS.get(kind, PALETTE["other"])))
        if len(here) > PER_LANE:
            discs.append(text(WIDTH - 12, y + 22, f"+ {len(here) - PER_LANE} more · 另有", font_size=11, text_anchor="end"))
        y += 56
    strokes = [_stroke(link, places) for link in links if link.a in places and link.b in places]
    roles = counted(len([r for r, _ in lanes if r]), "role", "roles")
    title = f"{counted(len(members), 'member', 'members')} in {roles}; lines join members that pay, call or share tools"
    told = "; ".join(f"{ROLES[role].en if role else 'role not clear'}: {len(here)}" for role, here in lanes)
    return svg(WIDTH, int(y), title, [*strokes, *discs], told)


def draw_key(members: Sequence[Member]) -> str:
    """Say which colour stands for which kind of entity, and which line for which link."""
    present = {kind_of(m.entity) for m in members}
    named: dict[str, list[str]] = {}
    for kind in (k for k in ENTITY_KINDS if k in present):
        colour = KIND_COLOURS.get(kind, PALETTE["other"])
        named.setdefault(colour, []).append(f"{ENTITY_KINDS[kind].en} {ENTITY_KINDS[kind].zh}")
    marks = [(circle(6, 11, 6, fill=colour), ", ".join(labels)) for colour, labels in named.items()]
    marks += [(line(-4, 11, 16, 11, **_style(kind)), label) for kind, label in LINK_LABELS.items()]
    pieces, x, y = [], 10.0, 0
    for mark, label in marks:
        wide = 46 + 7.2 * cell_len(label)
        if x + wide > WIDTH:
            x, y = 10.0, y + 22
        pieces.append(
            f'<g transform="translate({x:.0f},{y})">{mark}{text(22, 15, label, font_size=12, fill=PALETTE["quiet"])}</g>'
        )
        x += wide
    return svg(WIDTH, y + 24, "Colours of the kinds of entity, and lines of links", pieces)


def _lanes(members: Sequence[Member]) -> list[tuple[str, list[Member]]]:
    lanes: dict[str, list[Member]] = {role: [] for role in LANE_ORDER}
    for member in sorted(members, key=lambda m: (kind_of(m.entity) != "person", -m.belongs, m.entity)):
        lanes.setdefault(member.role if member.role in lanes else "", []).append(member)
    return [(role, here) for role, here in lanes.items() if here]


def _stroke(link: Link, places: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = places[link.a], places[link.b]
    return line(x1, y1, x2, y2, stroke_opacity=0.45, **_style(link.kind))


def _style(kind: str) -> dict[str, Any]:
    dashes = {"tie": "2 3", "shared": "6 3"}.get(kind, "")
    return {"stroke": PALETTE["quiet"], "stroke_width": 0.9} | ({"stroke_dasharray": dashes} if dashes else {})
