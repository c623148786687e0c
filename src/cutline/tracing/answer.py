"""The answer an officer needs first: where the money is now, how much, who can stop it, in what order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cutline.errors import UsageError
from cutline.model.entities import INTERMEDIATE
from cutline.model.evidence import Citation, Ending, Hop, Terminal, Trace
from cutline.model.moments import to_moment
from cutline.tracing.drift import search_drifting
from cutline.tracing.landmarks import ENDINGS, RESIDUAL, Landmarks, mark
from cutline.tracing.ledger import Ledgers
from cutline.tracing.policies import Policy
from cutline.tracing.rails import ALONE
from cutline.tracing.search import Found, Stolen, TraceConfig, search
from cutline.tracing.seeds import Payment

RUN = tuple(map(ENDINGS.index, (Ending.EXCHANGE, Ending.CUSTODIAL, Ending.BRIDGE, Ending.MIXER)))
"""Codes of places that somebody runs for others: whoever that is can be asked, not the chain."""

UNCITED = Citation("transfers", "", "", "", -1)
"""Stands where nobody asked for the row behind a transfer."""


def trace(
    ledgers: Ledgers,
    seeds: Sequence[Stolen],
    policy: Policy = Policy.TAINTED_FIRST,
    config: TraceConfig | None = None,
    landmarks: Landmarks | None = None,
    name: str = "",
) -> Trace:
    """Follow stolen money forward: hops with every policy beside the search's own, terminals that add up to what was stolen.

    All seeds must be in one asset, the currency of the loss. Hops are the transfers that carry stolen money under `policy`,
    under FIFO, or under tainted-first where that stands beside: a lead is worth seeing. `landmarks` default to the index's tags
    without desk orders. `name` stands as the trace's seed.
    """
    if not seeds:
        raise UsageError("nothing to trace: expected at least one seed; name a transfer, an account and a time, or a report")
    config, marks = config or TraceConfig(), landmarks or mark(ledgers)
    wanted = dict.fromkeys((*config.beside, policy, Policy.FIFO))
    found = {p: _search(ledgers, marks, seeds, p, config) for p in wanted}
    chosen = found[policy]
    cited, stolen = _Citations(ledgers), sum(s.amount_minor for s in seeds)
    terminals = _terminals(ledgers, marks, chosen, cited)
    if policy is Policy.POISON:  # each place by itself: no more of what was stolen can have come there than all of it
        terminals = tuple(replace(t, loss_minor=min(t.loss_minor, stolen)) for t in terminals)
    return Trace(
        trace_id=_trace_id(ledgers, seeds, policy, f"{name}\nbears drift" if config.bears_drift else name),
        seed=name or ",".join(cited.of(s.row)[0].event_id for s in seeds),
        policy=policy.value,
        currency=_currency(ledgers, seeds),
        stolen_minor=stolen,
        terminals=terminals,
        hops=_hops(ledgers, marks, found, policy, cited),
        truncated=chosen.truncated,
    )


def _search(ledgers: Ledgers, marks: Landmarks, seeds: Sequence[Stolen], policy: Policy, config: TraceConfig) -> Found:
    if config.bears_drift and policy is Policy.TAINTED_FIRST:
        return search_drifting(ledgers, marks, seeds, config)[0]
    return search(ledgers, marks, seeds, policy, config)


def trace_reports(
    ledgers: Ledgers,
    payments: Sequence[Payment],
    config: TraceConfig | None = None,
    landmarks: Landmarks | None = None,
    with_citations: bool = False,
    with_hops: bool = False,
) -> list[Trace]:
    """Say for each report where its loss is now, under FIFO: one trace for each report and currency, in the order given.

    These traces hold terminals, and hops only where they are wished: `trace` draws the hops of one under every policy.
    Citations cost a look-up for each transfer; hops without them cite nothing.
    """
    config, marks = config or TraceConfig(), landmarks or mark(ledgers)
    cited = _Citations(ledgers if with_citations else None)
    groups: dict[tuple[str, int], list[Stolen]] = {}
    for payment in payments:
        asset = int(ledgers.asset[ledgers.payee[payment.stolen.row]])
        groups.setdefault((payment.report_id, asset), []).append(payment.stolen)
    traces = []
    for (report, _), seeds in groups.items():
        found = search(ledgers, marks, seeds, Policy.FIFO, config)
        traces.append(
            Trace(
                trace_id=_trace_id(ledgers, seeds, Policy.FIFO, report),
                seed=report,
                policy=Policy.FIFO.value,
                currency=_currency(ledgers, seeds),
                stolen_minor=sum(s.amount_minor for s in seeds),
                terminals=_terminals(ledgers, marks, found, cited),
                hops=_hops(ledgers, marks, {Policy.FIFO: found}, Policy.FIFO, cited) if with_hops else (),
                truncated=found.truncated,
            )
        )
    return traces


def endings(trace: Trace) -> list[tuple[str, str, int, str]]:
    """Give (report, entity, amount in the loss's smallest unit, currency): what `endings.csv` holds; it sums to the loss."""
    total: dict[str, int] = {}
    for terminal in trace.terminals:
        total[terminal.entity] = total.get(terminal.entity, 0) + terminal.loss_minor
    return [(trace.seed, entity, amount, trace.currency) for entity, amount in total.items() if amount]


class _Citations:
    """Citations by row, looked up once each; with no ledgers, none."""

    def __init__(self, ledgers: Ledgers | None) -> None:
        self._cite = ledgers.index.cite if ledgers else None
        self._known: dict[int, tuple[Citation, ...]] = {}

    def of(self, row: int) -> tuple[Citation, ...]:
        if self._cite is None:
            return ()
        if row not in self._known:
            self._known[row] = tuple(self._cite("transfers", np.array([row], np.int64)))
        return self._known[row]


def _currency(ledgers: Ledgers, seeds: Sequence[Stolen]) -> str:
    names = {str(ledgers.assets[ledgers.asset[ledgers.payee[s.row]]]) for s in seeds}
    if len(names) > 1:
        raise UsageError(f"the seeds are in {', '.join(sorted(names))}; expected one asset; trace each of them by itself")
    return names.pop()


def _trace_id(ledgers: Ledgers, seeds: Sequence[Stolen], policy: Policy, name: str) -> str:
    """Hash what was stolen, not where it stands in the index, so that a trace keeps its name as the lake grows."""
    told = [policy.value, name]
    for s in seeds:
        payer, payee = (ledgers.index.entity(int(ledgers.entity[side[s.row]])) for side in (ledgers.payer, ledgers.payee))
        told.append(f"{ledgers.t_us[s.row]}|{payer}|{payee}|{s.start_minor}|{s.amount_minor}")
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _hops(ledgers: Ledgers, marks: Landmarks, found: dict[Policy, Found], policy: Policy, cited: _Citations) -> tuple[Hop, ...]:
    by = {p: {int(r): k for k, r in enumerate(f.rows)} for p, f in found.items()}
    seen = [by[p] for p in (policy, Policy.FIFO, Policy.TAINTED_FIRST) if p in by]
    rows = sorted(set().union(*seen), key=lambda row: int(ledgers.rank[row]))
    places = {row: k for k, row in enumerate(rows)}
    joined = set(np.array(rows)[marks.rails.partners(np.array(rows, np.int64)) != ALONE].tolist()) if rows else set()

    def amount(p: Policy, row: int) -> int:
        return int(found[p].amounts[by[p][row]]) if row in by.get(p, ()) else 0

    hops = []
    for row in rows:
        shown = next(found[p].depths[by[p][row]] for p in (policy, Policy.FIFO, Policy.TAINTED_FIRST) if row in by.get(p, ()))
        payer, payee = int(ledgers.payer[row]), int(ledgers.payee[row])
        hop = Hop(
            depth=int(shown),
            payer=ledgers.index.entity(int(ledgers.entity[payer])),
            payee=ledgers.index.entity(int(ledgers.entity[payee])),
            asset=ledgers.assets[ledgers.asset[payee]],
            occurred_at=to_moment(int(ledgers.t_us[row])),
            transferred_minor=ledgers.amount_of(row),
            tainted_first_minor=amount(Policy.TAINTED_FIRST, row),
            fifo_minor=amount(Policy.FIFO, row),
            haircut_minor=amount(Policy.HAIRCUT, row),
            loss_minor=int(found[Policy.FIFO].losses[by[Policy.FIFO][row]]) if row in by[Policy.FIFO] else 0,
            competing=marks.rails.rivals(row) if row in joined else 0,
            citation=next(iter(cited.of(row)), UNCITED),
            carried_minor=amount(policy, row),
            carried_loss_minor=int(found[policy].losses[by[policy][row]]) if row in by[policy] else 0,
            onward=tuple(places[other] for other in marks.rails.others(row) if other in places) if row in joined else (),
        )
        hops.append(hop)
    return tuple(hops)


def _terminals(ledgers: Ledgers, marks: Landmarks, found: Found, cited: _Citations) -> tuple[Terminal, ...]:
    """Add up endings by book and reason, the largest share of the loss first."""
    frozen = (found.end_codes == RESIDUAL) & marks.frozen[ledgers.payee[found.end_rows]]
    codes = np.where(frozen, ENDINGS.index(Ending.FROZEN), found.end_codes)
    keys, where = np.unique(ledgers.payee[found.end_rows].astype(np.int64) * len(ENDINGS) + codes, return_inverse=True)
    amounts, losses = (np.zeros(len(keys), found.end_amounts.dtype) for _ in range(2))
    np.add.at(amounts, where, found.end_amounts)
    np.add.at(losses, where, found.end_losses)
    order = np.argsort(where, kind="stable")
    rows = np.split(found.end_rows[order], np.cumsum(np.bincount(where, minlength=len(keys)))[:-1])
    result = []
    for k, key in enumerate(keys.tolist()):
        book, code = divmod(key, len(ENDINGS))
        brought = sorted({int(r) for r in rows[k]}, key=lambda row: int(ledgers.rank[row]))
        terminal = Terminal(
            entity=ledgers.index.entity(int(ledgers.entity[book])),
            asset=ledgers.assets[ledgers.asset[book]],
            amount_minor=int(amounts[k]),
            loss_minor=int(losses[k]),
            how=ENDINGS[code],
            since=to_moment(int(ledgers.t_us[brought[-1]])),
            institution=_institution(ledgers, marks, book),
            citations=tuple(dict.fromkeys(c for row in brought for c in cited.of(row))),
        )
        result.append(terminal)
    return tuple(sorted(result, key=lambda t: (-t.loss_minor, t.entity, t.asset, t.how)))


def _institution(ledgers: Ledgers, marks: Landmarks, book: int) -> str:
    """Say who can stop money in a book: the bank or wallet operator in its id, the exchange behind it, the issuer's chain."""
    entity = ledgers.index.entity(int(ledgers.entity[book]))
    if marks.service[book] >= 0:
        return ledgers.index.entity(int(marks.service[book]))
    if marks.ends[book] in RUN:
        return entity
    kind, _, name = entity.partition(":")
    if kind == "account":
        head, _, rest = name.partition("/")
        return f"IBAN/{rest[:2]}" if head == "IBAN" else f"{head}/{rest.split('/')[0]}"
    return ledgers.assets[ledgers.asset[book]] if kind in ("address", INTERMEDIATE) else kind
