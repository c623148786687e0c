"""How answers look on a terminal. Everything here has already been masked, or its access audited, by the workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from cutline.cli.output import Output, bold, when
from cutline.model.entities import GRADES
from cutline.model.numerals import counted

COUNTS = ("read", "accepted", "merged", "duplicates", "rejected")
SIMULATED = "simulated"
FILES = 12
"""Of more files than this only the sum of each kind is shown."""

NAMED = {
    "entities": ("entity", "entities"),
    "findings": ("finding", "findings"),
    "rings": ("ring", "rings"),
    "alerts": ("alert", "alerts"),
    "warnings": ("warning", "warnings"),
    "traces": ("traced loss", "traced losses"),
}


def ingest(out: Output, report: Any) -> None:
    """One line for each file, of many one for each kind, then the sum, then what was refused and why."""
    if len(report.files) > FILES:
        _kinds(out, report.files)
    else:
        rows = [(f["path"], f["kind"], *(f[c] for c in COUNTS)) for f in report.files]
        out.table("Files", ("file", "kind", *COUNTS), rows)
    total = report.counts
    out.say("")
    out.say(f"read {total['read']:,} = " + " + ".join(f"{total[c]:,} {c}" for c in COUNTS[1:]))
    if report.zone_assumed:
        out.say(f"times without offset taken as {', '.join(report.zone_assumed)} where a delivery named no zone")
    for refused in report.refused:
        out.say(f"refused: {refused['message']}")
    if report.refused:
        refused = counted(len(report.refused), "file was", "files were")
        out.say(f"{refused} refused by name: nothing of what was refused entered. With --strict that fails the command.")
    if total["rejected"]:
        out.say("see what did not enter: cutline rejects")
    if total["accepted"] or total["merged"]:
        out.say("next: cutline run")


def _kinds(out: Output, files: Sequence[Mapping[str, Any]]) -> None:
    sums: dict[str, list[int]] = {}
    for file in files:
        so_far = sums.setdefault(file["kind"], [0] * (1 + len(COUNTS)))
        for k, part in enumerate((1, *(file[c] for c in COUNTS))):
            so_far[k] += part
    title = f"{len(files)} files by kind; file by file with --json"
    out.table(title, ("kind", "files", *COUNTS), [(kind, *parts) for kind, parts in sorted(sums.items())])


def run(out: Output, summary: Any) -> None:
    """The stages, what came out, what could not be said, and where to look."""
    asked = f" --as-of {summary.as_of}" if summary.as_of else ""
    if summary.as_of:
        out.say(f"As of {when(summary.as_of)} UTC: what was known and had happened by then. Today's answers stay as they are.")
    if summary.unchanged:
        out.say(f"Nothing changed since the last run. To compute everything anew: cutline run --again{asked}")
    else:
        _stages(out, summary.stages)
    out.say(", ".join(counted(n, *NAMED[name]) for name, n in summary.found.items()))
    _learned(out, summary.learned)
    if not summary.unchanged:
        _unsaid(out, summary.not_assessable)
    if asked:
        out.say(f"next: cutline alerts{asked}; findings, rings, subjects and explain take the same --as-of")
    else:
        out.say("next: cutline alerts, cutline alerts --warnings, cutline rings, cutline trace")


def _unsaid(out: Output, not_assessable: Mapping[str, str]) -> None:
    """Say of which typologies the records cannot tell everything: that is not the same as finding nothing."""
    if not_assessable:
        some = counted(len(not_assessable), "typology", "typologies")
        out.say(
            f"{some} could say neither yes nor no of some subjects, for want of records or of history before them; "
            "which, and what is missing: cutline run --json (not_assessable)"
        )


def demo(out: Output, result: Any) -> None:
    """What a newcomer should see: what happened, what was found, how good it is, where to look."""
    plain = result.plain()
    out.say("")
    out.say(f"{bold('A simulated province')}: {result.people:,} people, {result.days} days, seed {result.seed}")
    out.say("  events in the lake: " + ", ".join(f"{n:,} {t}" for t, n in plain["events"].items() if n))
    counts = plain["ingest"]
    out.say(f"  source rows: {counts['read']:,} read = " + " + ".join(f"{counts[c]:,} {c}" for c in COUNTS[1:]))
    out.say("")
    _stages(out, plain["stages"])
    out.say("")
    out.say(f"  found: {result.headline}")
    _figures(out, plain["quality"])
    out.say("")
    out.say(f"  Look at {bold(result.report)} in a browser: each ring by role, its money, a timeline, the evidence.")
    case = result.report.parent
    cutline = "cutline" if case == Path("workspace") else f"cutline --workspace {quote(str(case))}"
    out.say(f"  Next: {bold(f'{cutline} alerts')}, {bold(f'{cutline} trace')}, {bold(f'{cutline} explain ENTITY')}.")


def simulation(out: Output, directory: Path, summary: Mapping[str, Any]) -> None:
    """What was written."""
    out.table(f"Written to {directory}", ("kind", "rows"), list(summary["rows"].items()))
    out.say(f"{summary['rings']} rings; truth in {directory / 'truth'}")


def findings(out: Output, answer: Mapping[str, Any]) -> None:
    """Who, what, why, when."""
    rows = [
        (f["subject"], f["typology"], f["strength"], f["first_at"][:16], f["hits"], f["reason_en"]) for f in answer["findings"]
    ]
    out.table(_title("Findings", answer), ("subject", "typology", "strength", "first (UTC)", "hits", "reason"), rows)


def alerts(out: Output, answer: Mapping[str, Any]) -> None:
    """The queue; warnings say how to reach the person, and what to tell them."""
    if answer["alerts"] and all(a["kind"] == "warning" for a in answer["alerts"]):
        told = [
            (a["alert_id"], _grade(a), a["rank"], a["value"], ", ".join(a["subjects"]), f"{a['advice_en']} {a['advice_zh']}")
            for a in answer["alerts"]
        ]
        out.table(_title("Warnings", answer), ("warning", "grade", "rank", "at stake", "whom", "what to tell them"), told)
        out.say("A warning protects and accuses nobody; it restricts nobody.")
        return
    rows = [
        (
            a["alert_id"],
            a["rank"],
            a["value"],
            a["stoppable"],
            f"{a['left_en']}  {a['left_zh']}",
            len(a["subjects"]),
            a["ring_id"] or "–",
            _proposed(a),
        )
        for a in answer["alerts"]
    ]
    head = ("alert", "rank", "at stake", "can be stopped", "time left", "subjects", "ring", "proposed")
    out.table(_title("Alerts", answer), head, rows)
    out.say(
        "Time left counts from the last delivered transfer, by how long received money lay before it went on. 自末笔转账起算"
    )
    out.say("Proposals only: a person decides, a second person approves.")


def rings(out: Output, answer: Mapping[str, Any]) -> None:
    """The rings, or the members of one."""
    if "members" in answer:
        members = [
            (m["entity"], m["role"] or "–", m["role_confidence"], m["belongs"], m["because_en"]) for m in answer["members"]
        ]
        if answer["alert"]:
            one = answer["alert"]
            out.say(
                f"{bold(one['alert_id'])}  rank {one['rank']:.3f}  at stake {one['value'] or '–'}, proposed: {_proposed(one)}"
            )
            out.say(f"can be stopped {one['stoppable'] or '–'}: {one['left_en']}  {one['left_zh']}")
        for same in answer["judged_same"]:
            out.say(f"one by judgement {same['judgement_id']} of {same['by']}: {same['entity']} is counted as a member here")
        out.table(
            _title(f"Members of ring {answer['ring_id']}", answer), ("member", "role", "sure", "belongs", "because"), members
        )
        return
    rows = [
        (r["ring_id"], r["score"], r["members"], r["people"], r["roles"], r["first_at"], r["last_at"]) for r in answer["rings"]
    ]
    out.table(_title("Rings", answer), ("ring", "rank", "members", "people", "roles", "first", "last"), rows)


def subjects(out: Output, answer: Mapping[str, Any]) -> None:
    """Entities by rank."""
    rows = [(s["entity"], s["score"]) for s in answer["subjects"]]
    out.table(_title("Subjects by rank (not a probability)", answer), ("entity", "rank"), rows)


def _learned(out: Output, learned: Mapping[str, Any]) -> None:
    """What decided cases taught, and how far it can be believed."""
    if learned.get("refused"):
        out.say(f"no probability: {learned['refused']}")
    elif learned:
        out.say(
            f"probability learned from {learned['frauds']} frauds and {learned['innocents']} innocents, {learned['curve']}; "
            f"on cases not seen: Brier {learned['brier']:.3f}, calibration error {learned['ece']:.3f}"
        )


def evaluation(out: Output, result: Mapping[str, Any]) -> None:
    """The judge's figures, marked as what they are."""
    if result.get("answers"):
        out.say(f"answers written to {result['answers']}")
    if result.get("quality"):
        _figures(out, result["quality"])


def rejects(out: Output, answer: Mapping[str, Any]) -> None:
    """Rows that did not enter."""
    rows = [
        (f"{r['deliverer']}/{r['file']}", r["row"], _received(r), r["field"], r["found"], r["expected_in_words"])
        for r in answer["rejects"]
    ]
    out.table(_title("Rejects", answer), ("file", "row", "delivery", "field", "found", "expected"), rows)


def _received(reject: Mapping[str, Any]) -> str:
    """Tell two deliveries apart that hold files of one name: by when they were received, and by the batch."""
    received = when(reject["received_at"]) if reject["received_at"] else "purged"
    return f"{received} {reject['batch'][:8]}"


def purge(out: Output, summary: Mapping[str, Any]) -> None:
    """What was deleted."""
    out.say(f"{summary['batches']} batches purged, {summary['rows']:,} rows; tombstones kept: {summary['tombstones']}")


def doctor(out: Output, checks: Sequence[Mapping[str, Any]]) -> None:
    """Each check, and what to do where it failed."""
    out.table("Doctor", ("check", "ok", "found"), [(c["name"], bool(c["ok"]), c["found"]) for c in checks])


def _stages(out: Output, stages: Sequence[Mapping[str, Any]]) -> None:
    out.table("Stages", ("stage", "seconds", "peak MB"), [(s["name"], s["seconds"], round(s["peak_mb"])) for s in stages])


def _figures(out: Output, quality: Mapping[str, Any]) -> None:
    s = quality["subjects"]
    rows = [
        ("subjects: precision", s["precision"]),
        ("subjects: recall", s["recall"]),
        ("subjects: average precision of the rank", s["average_precision"]),
        ("rings: adjusted Rand index", quality["rings"]["adjusted_rand"]),
        ("roles: macro-F1", quality["roles"]["macro_f1"]),
        ("innocent look-alikes left clear", quality["look_alikes"]["clear"]),
        ("stolen value located", quality["traces"]["located"]),
        ("restrictive proposals on coerced persons", quality["actions"]["restrictive_on_coerced"]),
        ("alerted positives with a proposal", quality["actions"]["alerted_positives_with_proposal"]),
    ]
    first = quality.get("stop_list") or {}
    rows += [
        (name, first[key])
        for key, name in (
            ("by_truth", "stop list begins with the largest ending that can be stopped"),
            ("with_coins", "the same, coins that nobody can freeze counted too"),
            ("by_trace", "the same, by what the list itself says"),
        )
        if first.get(key) is not None
    ]
    out.table(f"Judged against truth ({SIMULATED})", ("figure", SIMULATED), rows)
    _endings(out, quality.get("endings", ()))
    _warnings(out, quality.get("warnings"))


def _warnings(out: Output, told: Mapping[str, Any] | None) -> None:
    """Who of the victims was warned and when, and whom the warnings concern: they accuse nobody, so they stand apart."""
    if not told:
        return
    few, many = told["in_records"], told["warnings"]
    shown = told["shown"]
    rows = [
        (f"victims warned 受害人获预警 ({told['warned']} of {few} in the records)", told["coverage"]),
        (
            f"… of those whose payment stands there 付款在案者 ({told['shown_warned']} of {shown})",
            _part(told["shown_warned"], shown),
        ),
        (f"… no later than their last payment 最后付款时或之前 ({told['in_time']})", _part(told["in_time"], few)),
        (f"… before their last payment 最后付款之前 ({told['early']})", _part(told["early"], few)),
        ("hours from the first warning to the last payment, median 提前小时数", _or_dash(told["lead_h"])),
        ("stolen value paid after the first warning 预警后仍被骗金额占比", _or_dash(told["value_after_warning"])),
        (f"warnings that concern victims or people held 预警命中 ({many} warnings)", _or_dash(told["precision"])),
        ("others warned to whom a gang had spoken or written 已被接触", told["approached"]),
        ("innocent look-alikes warned 误警", told["look_alikes"]),
        ("members of gangs warned 涉案对象被预警", told["members"]),
    ]
    out.table(f"Warnings against the victims of truth ({SIMULATED})", ("figure", SIMULATED), rows)
    kinds = [(one["typology"], one["warnings"], one["right"]) for one in told["by_typology"]]
    kinds += [(f"graded {one['grade']}", one["warnings"], one["right"]) for one in told["by_grade"]]
    if kinds:
        out.table(f"Warnings by typology and by grade ({SIMULATED})", ("what 类型", "warnings 预警", "right 命中"), kinds)


def _part(part: int, whole: int) -> float | str:
    return part / whole if whole else "–"


def _or_dash(value: float | None) -> float | str:
    return "–" if value is None else value


def _endings(out: Output, endings: Sequence[Mapping[str, Any]]) -> None:
    """What truly ended on each rail and in each way, and what part of it was found there."""
    rows = [(e["rail"], e["how"], e["reports"], f"{e['value']:,.0f}", e["located"]) for e in endings]
    head = ("rail of the ending 通道", "how it ended 状态", "reports 报案", "value 金额", "located 查明")
    if rows:
        out.table(f"Located, by rail and by how it ended ({SIMULATED})", head, rows)


def _title(name: str, answer: Mapping[str, Any]) -> str:
    return f"{name} ({answer['shown']} of {answer['total']}){_as_of(answer)}"


def _as_of(answer: Mapping[str, Any]) -> str:
    """Say of an answer about the past as of when it is; of today's nothing."""
    return f", as of {when(answer['as_of'])} UTC" if answer.get("as_of") else ""


def _grade(alert: Mapping[str, Any]) -> str:
    label = GRADES.get(alert["grade"])
    return f"{alert['grade']}: {label.en} {label.zh}" if label else "–"


def _proposed(alert: Mapping[str, Any]) -> str:
    actions = [p["action"] for p in alert["proposals"] if p["action"]]
    return ", ".join(f"{actions.count(a)} {a}" for a in sorted(set(actions))) or "–"
