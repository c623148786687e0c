"""Who may be one and the same: proposals over the lake, kept as a view until an officer has judged them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from cutline.errors import UsageError
from cutline.model.judgements import Proposal, Verdict, Weight
from cutline.store.lake import Lake
from cutline.workspace.case import Workspace
from cutline.workspace.masking import Access

VIEW = "proposals"


def resolve(workspace: Workspace, limit: int, access: Access) -> dict[str, Any]:
    """Propose which tokens are one, most probable first; what was judged, either way, does not come back."""
    from cutline.resolution.attributes import gather
    from cutline.resolution.linkage import propose

    judged = [j for j in workspace.book.all() if j.in_force and j.verdict in (Verdict.SAME, Verdict.DIFFERENT)]
    settled = {(j.subjects[0], j.subjects[1]) for j in judged}
    tokens = gather(lambda table, columns: _distinct(workspace.lake, table, columns))
    found = propose(tokens, settled)
    bodies = [json.dumps(asdict(proposal), ensure_ascii=False) for proposal in found]
    ids = [proposal.proposal_id for proposal in found]
    workspace.lake.save_view(
        VIEW, pl.DataFrame({"proposal_id": ids, "body": bodies}, {"proposal_id": pl.String, "body": pl.String})
    )
    show = workspace.show(access)
    rows = [{**asdict(p), "subjects": [show(entity) for entity in p.subjects]} for p in found[:limit]]
    return {"proposals": rows, "shown": len(rows), "total": len(found), "tokens": tokens.height}


def proposal_of(lake: Lake, named: str) -> Proposal:
    """Give a proposal of the last `cutline resolve` by its id."""
    view = lake.view(VIEW)
    bodies = [] if view is None else view.filter(pl.col("proposal_id").cast(pl.String) == named)["body"].to_list()
    if not bodies:
        raise UsageError(f"there is no proposal {named!r}; expected an id from the last `cutline resolve`")
    said = json.loads(bodies[0])
    weights = tuple(Weight(**weight) for weight in said["weights"])
    return Proposal(said["proposal_id"], (said["subjects"][0], said["subjects"][1]), said["probability"], weights)


def _distinct(lake: Lake, table: str, columns: Sequence[str]) -> pl.DataFrame:
    events = pl.DataFrame(pl.from_arrow(lake.events(table, columns).select(list(columns))))
    return events.unique().with_columns(pl.all().cast(pl.String))
