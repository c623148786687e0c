"""The judge's figures as a table that a newcomer can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def render(figures: Mapping[str, Any]) -> Table:
    """Lay the figures out: one line each, with what it means in plain words."""
    table = Table(title="How good was the run", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("what it says")
    for line in (*_found(figures), *_harm(figures)):
        table.add_row(*line)
    for kind, part in figures["subjects"]["by_kind"].items():
        both = f"{_share(part['precision'])} / {_share(part['recall'])}"
        table.add_row(f"  {kind}", both, f"precision / recall of {part['positives']:,}")
    return table


def _found(figures: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    subjects, rings, roles, traces = (figures[part] for part in ("subjects", "rings", "roles", "traces"))
    members = f"{rings['claimed_members']:,} members claimed, {rings['true_members']:,} true"
    return (
        ("subject precision", _share(subjects["precision"]), "of those named by an alert, so many truly belong to a gang"),
        ("subject recall", _share(subjects["recall"]), f"of {subjects['positives']:,} true subjects, so many were named"),
        ("average precision", f"{subjects['average_precision']:.3f}", "how well the score ranks (1 is best)"),
        ("rings, adjusted Rand", f"{rings['adjusted_rand']:.3f}", members),
        ("roles, macro F1", f"{roles['macro_f1']:.3f}", f"over {len(roles['by_role'])} roles with enough members"),
        ("losses located", _share(traces["located"]), f"of the money in {traces['reported_losses']:,} reports"),
    )


def _harm(figures: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    actions = figures["actions"]
    coerced = f"of {actions['coerced_persons']:,} coerced persons; must be 0"
    return (
        ("look-alikes clear", _share(figures["look_alikes"]["clear"]), "innocent people and tools that no alert names"),
        ("restrictive on coerced", str(actions["restrictive_on_coerced"]), coerced),
        ("with a proposal", _share(actions["alerted_positives_with_proposal"]), "of the true subjects that were named"),
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
