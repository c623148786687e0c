"""`cutline judgements`: what officers decided, recorded, approved by another, reversed by a later one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cutline import workspace as rooms
from cutline.cli.options import AsJson, Limit, ReasonText, Unmask, answer_with
from cutline.cli.output import Output, Report

app = typer.Typer(no_args_is_help=True, help="List, record, approve and reverse what officers decided about entities.")

Basis = Annotated[str, typer.Option("--legal-basis", help="The article that the decision rests on.")]
Why = Annotated[str, typer.Option("--reason", help="Why it was decided so; stays in the record.")]


@app.command(name="list")
def list_all(
    verdict: Annotated[str, typer.Option(help="Only same, different, fraud or innocent.")] = "",
    limit: Limit = 20,
    unmask: Unmask = False,
    reason: ReasonText = "",
    as_json: AsJson = False,
) -> None:
    """List judgements, the newest first, with where they stand."""
    from cutline.workspace.judgements import list_judgements

    access = rooms.Access(unmask, reason)

    def ask(workspace: rooms.Workspace) -> dict[str, Any]:
        workspace.permit(access, asked={"command": "judgements list", "verdict": verdict})
        return list_judgements(workspace, verdict, limit, access)

    answer_with(as_json, ask, _many)


@app.command()
def record(
    verdict: Annotated[str, typer.Argument(help="same, different (two entities), fraud or innocent (one).")],
    about: Annotated[list[str], typer.Argument(help="Ids or pseudonyms; or one id of a proposal of `cutline resolve`.")],
    decided_at: Annotated[str, typer.Option(help="When the case was decided, if not now.")] = "",
    legal_basis: Basis = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Record a judgement; another officer approves it, unless a program proposed it."""
    from cutline.workspace.judgements import Wish, record_judgement

    wish = Wish(verdict, tuple(about), legal_basis, reason, decided_at)
    answer_with(as_json, lambda workspace: record_judgement(workspace, wish), _one)


@app.command()
def approve(
    judgement: Annotated[str, typer.Argument(help="A judgement that waits, from `list`.")],
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Put another officer's judgement into force."""
    from cutline.workspace.judgements import approve_judgement

    answer_with(as_json, lambda workspace: approve_judgement(workspace, judgement, reason), _one)


@app.command()
def reverse(
    judgement: Annotated[str, typer.Argument(help="A judgement in force, from `list`.")],
    legal_basis: Basis = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Record that a judgement no longer holds; both stay in the book, and another officer approves."""
    from cutline.workspace.judgements import reverse_judgement

    answer_with(as_json, lambda workspace: reverse_judgement(workspace, judgement, legal_basis, reason), _one)


def _many(out: Output, answer: Report) -> None:
    rows = [
        (j["judgement_id"], j["status"], j["label_en"], " = ".join(j["subjects"]) or j["reverses"], j["proposer"], j["reason"])
        for j in answer["judgements"]
    ]
    title = f"Judgements ({answer['shown']} of {answer['total']})"
    out.table(title, ("judgement", "stands", "decided", "about", "proposed by", "reason"), rows)


def _one(out: Output, answer: Report) -> None:
    out.plain(f"judgement {answer['judgement_id']}: {answer['label_en']}, {answer['status']}")
    for earlier in answer.get("standing", ()):
        out.plain(f"the same stands already: judgement {earlier['judgement_id']}, {earlier['status']} 已有相同认定")
    if answer["status"] == "proposed":
        out.plain(f"another officer puts it into force: cutline judgements approve {answer['judgement_id']} --reason …")


def proposals(out: Output, answer: Report) -> None:
    """Pairs that a program takes for one, and why."""
    rows = [
        (
            p["proposal_id"],
            p["probability"],
            *p["subjects"],
            "; ".join(f"{w['text_en']} ({w['bits']:+g})" for w in p["weights"]),
        )
        for p in answer["proposals"]
    ]
    title = f"Who may be one and the same ({answer['shown']} of {answer['total']} pairs among {answer['tokens']:,} tokens)"
    out.table(title, ("proposal", "probable", "one", "other", "why (bits)"), rows)
    out.say("Proposals only: cutline judgements record same PROPOSAL --legal-basis … --reason …")
