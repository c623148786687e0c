"""Stolen money from victims to where it is now, as one flow from left to right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cutline.model.entities import ENTITY_KINDS, kind_of
from cutline.model.evidence import Ending, Trace
from cutline.model.money import decimals_of, format_minor
from cutline.report.svg import PALETTE, rect, ribbon, svg, text

WIDTH, HEIGHT, MARGIN = 1040, 460, 44
PER_LAYER, LAYERS = 7, 6
ENDING_LABELS = {
    Ending.CASH: "cash · 取现",
    Ending.EXCHANGE: "exchange · 交易所",
    Ending.MIXER: "mixer · 混币",
    Ending.CUSTODIAL: "custodian · 托管",
    Ending.FROZEN: "frozen · 已冻结",
    Ending.RESIDUAL: "still there · 仍在账户",
    Ending.BUDGET: "search ended · 追踪中止",
    Ending.BRIDGE: "bridge · 跨链桥",
    Ending.BURNED: "destroyed · 已销毁",
}


@dataclass(slots=True)
class _Node:
    layer: int
    label: str
    full: str
    colour: str
    inflow: int = 0
    outflow: int = 0
    x: float = 0.0
    y: float = 0.0
    used_in: float = 0.0
    used_out: float = 0.0
    links: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def size(self) -> int:
        return max(self.inflow, self.outflow)


def draw_money(traces: Sequence[Trace], show: Callable[[str], str], currency: str) -> str:
    """Draw the FIFO flows of several traces of one currency; hops beyond the fifth share one layer, small nodes share one."""
    nodes = _nodes(traces, show)
    if not nodes:
        return "<p>No money of reported victims was followed to this ring. 尚无已报案资金流入该团伙。</p>"
    scale = _place(nodes)
    total = sum(n.size for n in nodes.values() if n.layer == 0)
    pieces = _heads(nodes) + _ribbons(nodes, scale, currency) + _bars(nodes, scale, currency)
    title = f"Where {format_minor(total, currency)} went, from victims on the left to where it is now on the right"
    return svg(WIDTH, HEIGHT + 20, title, pieces)


def _nodes(traces: Sequence[Trace], show: Callable[[str], str]) -> dict[str, _Node]:
    edges: dict[tuple[str, str], int] = defaultdict(int)
    depth: dict[str, int] = {}
    terminals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for trace in traces:
        first = min((h.depth for h in trace.hops), default=0)
        for hop in trace.hops:
            if hop.loss_minor <= 0 or hop.payer == hop.payee:
                continue
            payer = f"victim {hop.payer}" if hop.depth == first else hop.payer
            depth.setdefault(payer, 0 if hop.depth == first else min(hop.depth - first, LAYERS - 2))
            depth.setdefault(hop.payee, min(hop.depth - first + 1, LAYERS - 2))
            if depth[hop.payee] > depth[payer]:
                edges[payer, hop.payee] += hop.loss_minor
        for terminal in trace.terminals:
            terminals[terminal.entity][terminal.how] += terminal.loss_minor
    volume: dict[str, int] = defaultdict(int)
    for (a, b), amount in edges.items():
        volume[a] += amount
        volume[b] += amount
    shown = _group(depth, volume)
    nodes: dict[str, _Node] = {}
    for (a, b), amount in edges.items():
        _link(nodes, _node(nodes, shown[a], depth[a], show), _node(nodes, shown[b], depth[b], show), amount)
    for entity, by_how in terminals.items():
        if entity in shown:
            for how, amount in by_how.items():
                key = f"end {how}"
                label = ENDING_LABELS[Ending(how)]
                nodes.setdefault(key, _Node(LAYERS - 1, label, label, PALETTE.get(how, PALETTE["other"])))
                _link(nodes, _node(nodes, shown[entity], depth[entity], show), key, amount)
    return nodes


def _group(depth: dict[str, int], volume: dict[str, int]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for layer in range(LAYERS - 1):
        here = sorted((e for e, d in depth.items() if d == layer), key=lambda e: (-volume[e], e))
        for k, entity in enumerate(here):
            many = len(here) > PER_LAYER and k >= PER_LAYER - 1
            shown[entity] = f"others {layer} {len(here) - PER_LAYER + 1}" if many else entity
    return shown


def _node(nodes: dict[str, _Node], key: str, layer: int, show: Callable[[str], str]) -> str:
    if key not in nodes:
        if key.startswith("others "):
            label = full = f"{key.rsplit(' ', 1)[1]} others"
            colour = PALETTE["other"]
        else:
            entity = key.removeprefix("victim ")
            full = f"{ENTITY_KINDS[kind_of(entity)].en} {show(entity)}"
            label = short(show(entity))
            colour = PALETTE["victim"] if layer == 0 else PALETTE["exchange" if kind_of(entity) == "address" else "account"]
        nodes[key] = _Node(layer, label, full, colour)
    return key


def _link(nodes: dict[str, _Node], a: str, b: str, amount: int) -> None:
    if a != b:
        nodes[a].links[b] += amount
        nodes[a].outflow += amount
        nodes[b].inflow += amount


def _place(nodes: dict[str, _Node]) -> float:
    """Give each node its place, and say how many pixels stand for one unit of money."""
    layers = sorted({n.layer for n in nodes.values()})
    step = (WIDTH - 190) / max(1, len(layers) - 1)
    tallest = max(sum(n.size for n in nodes.values() if n.layer == layer) for layer in layers)
    most = max(sum(1 for n in nodes.values() if n.layer == layer) for layer in layers)
    scale = (HEIGHT - most * 24) / max(1, tallest)
    for column, layer in enumerate(layers):
        y = float(MARGIN)
        for _, node in sorted((n for n in nodes.items() if n[1].layer == layer), key=lambda n: (-n[1].size, n[0])):
            node.x, node.y = 6 + column * step, y
            y += max(2.0, node.size * scale) + 22
    return scale


def _ribbons(nodes: dict[str, _Node], scale: float, currency: str) -> list[str]:
    pieces = []
    for node in sorted(nodes.values(), key=lambda n: (n.layer, n.y)):
        for key, amount in sorted(node.links.items(), key=lambda item: nodes[item[0]].y):
            target, width = nodes[key], amount * scale
            start = (node.x + 10, node.y + node.used_out + width / 2)
            end = (target.x, target.y + target.used_in + width / 2)
            node.used_out += width
            target.used_in += width
            note = f"{node.full} → {target.full}: {format_minor(amount, currency)}"
            pieces.append(ribbon(start, end, width, note, stroke=node.colour, stroke_opacity=0.32))
    return pieces


def _heads(nodes: dict[str, _Node]) -> list[str]:
    """Say above each column what stands in it."""
    named = {0: "victims · 受害人", LAYERS - 1: "now · 现在", LAYERS - 2: f"hop {LAYERS - 2}+ · 第{LAYERS - 2}跳起"}
    columns = {node.layer: node.x for node in nodes.values()}
    return [
        text(x, 14, named.get(layer, f"hop {layer} · 第{layer}跳"), font_size=12, fill=PALETTE["quiet"])
        for layer, x in sorted(columns.items())
    ]


def short_money(minor: int, currency: str) -> str:
    """Write an amount in as few characters as a drawing has room for: `¥27.4k`."""
    places = decimals_of(currency) or 0
    sign = format_minor(0, currency).replace("0.00", "").replace("0", "").strip()
    whole = minor / 10**places
    for limit, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if whole >= limit:
            return f"{sign}{whole / limit:.3g}{unit}"
    return f"{sign}{whole:.0f}"


def short(shown: str) -> str:
    """Leave out the kind and the tail of a pseudonym; the full one is what a pointer resting on the bar says."""
    name = shown.partition("~")[2] or shown.partition(":")[2] or shown
    return name[:9]


def _bars(nodes: dict[str, _Node], scale: float, currency: str) -> list[str]:
    pieces = []
    for node in nodes.values():
        height = max(2.0, node.size * scale)
        amount = format_minor(node.size, currency)
        pieces.append(rect(node.x, node.y, 10, height, f"{node.full}: {amount}", fill=node.colour))
        told = f"{node.label} {short_money(node.size, currency)}"
        pieces.append(text(node.x, node.y - 4, told, font_size=11, fill=PALETTE["ink"]))
    return pieces
