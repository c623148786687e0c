"""How `explain` looks: an answer that can be read in a minute, then the reasons, then each event once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cutline.cli.output import Output, bold, when
from cutline.model.entities import ROLES
from cutline.model.numerals import counted

REASONS = 6
"""So many reasons for and against stand on a terminal, and as many lots of money, unless more are asked for."""

EVENTS = 8
"""So many events."""


def draw(out: Output, answer: Mapping[str, Any], limit: int) -> None:
    """The short answer, why and against what, the money, the events; `limit` 0: as many of each as a minute bears."""
    reasons, events = limit or REASONS, limit or EVENTS
    as_of = f", as of {when(answer['as_of'])} UTC" if answer.get("as_of") else ""
    out.say(f"{bold(answer['entity'])}  {answer['kind']}{as_of}")
    _line(out, "what", _what(answer))
    _line(out, "belongs", f"{answer['because_en']}  {answer['because_zh']}" if answer["because_en"] else "")
    _line(out, "since", _since(answer))
    _line(out, "proposed", _proposed(answer))
    if answer["stakes"]:
        _line(out, "to stop", f"{answer['stoppable']}; {answer['left_en']}  {answer['left_zh']}")
    _line(out, "how sure", _sure(answer))
    for same in answer["same_as"]:
        _line(out, "same as", _same(same))
    _why(out, answer, reasons)
    _reasons(out, "against", answer["contrary"], answer, reasons)
    if answer["contributing"] and not answer["contrary"]:
        out.say("    against         nothing in these records  记录中无有利事实")
    _money(out, answer["stakes"], reasons)
    _events(out, answer["events"][:events], answer["total"])
    cut = max(len(answer["contributing"]), len(answer["contrary"]), len(answer["stakes"])) > reasons
    if cut or answer["total"] > events:
        most = max(len(answer["contributing"]), len(answer["contrary"]), len(answer["stakes"]), answer["total"])
        out.say(f"Not all is shown; to see all: cutline explain {answer['entity']} --limit {most}, or --json")


def _line(out: Output, name: str, words: str) -> None:
    if words:
        out.say(f"  {name:<9} {words}")


def _what(answer: Mapping[str, Any]) -> str:
    if not answer["ring_id"]:
        return "of no ring 不属于任何团伙"
    role = ROLES.get(answer["role"])
    named = f"{role.en} {role.zh} ({answer['role_confidence']:.2f} sure)" if role else "role not clear 角色不明"
    return f"{named} in {answer['ring_id']}"


def _since(answer: Mapping[str, Any]) -> str:
    if not answer["first_at"]:
        return ""
    found = counted(len(answer["findings"]), "finding", "findings")
    return f"{when(answer['first_at'])} to {when(answer['last_at'])} UTC, {found}"


def _proposed(answer: Mapping[str, Any]) -> str:
    if answer["alert"] is None:
        return "nothing: no alert names it 无：未列入警示"
    one = answer["proposed"]
    if one is None:
        return f"nothing ({answer['alert']['alert_id']})"
    done = f"{one['action_en']} {one['action_zh']}: {one['reason_en']}  {one['reason_zh']}"
    return f"{done}  ({answer['alert']['alert_id']}; a person decides, a second approves)"


def _sure(answer: Mapping[str, Any]) -> str:
    rank = f"rank {answer['score']:.3f} of 1 (a rank, not a probability)"
    if answer["probability"] is not None:
        rank = (
            f"probability of fraud {answer['probability']:.3f}, learned from decided cases; reasons weigh in log-odds; {rank}"
        )
    return f"{rank}; {answer['sure']['text_en']}  {answer['sure']['text_zh']}" if answer["findings"] else rank


def _same(same: Mapping[str, Any]) -> str:
    if same["word"] == "issuer":
        return f"{same['entity']}, on the record of {same['by']}, not by judgement 据提供方登记，非人工认定"
    return f"{same['entity']}, by judgement {same['judgement_id']} of {same['by']} 据人工认定"


def _why(out: Output, answer: Mapping[str, Any], most: int) -> None:
    _reasons(out, "for", answer["contributing"], answer, most)
    if not answer["contributing"] and not answer["score"]:
        out.say("  nothing speaks against this entity in these records; that is not a proof of innocence")
    elif not answer["contributing"] and not answer["findings"]:
        out.say("  no finding of its own; only what it is tied to is suspicious, and faintly  自身无发现，仅关联对象略有可疑")
    elif not answer["findings"]:
        out.say("  no finding of its own: lists, reports or what it is tied to raise it  自身无发现，仅因名单、报案或关联对象")
    counted_in = {reason["finding"] for reason in answer["contributing"]}
    rest = [f for f in answer["findings"] if f["n"] not in counted_in]
    for finding in rest[:most]:
        weighs = "warning" if finding["warning"] else "counted"
        told = "protects, accuses nobody" if finding["warning"] else "rests on what is counted above already"
        out.say(f"  {weighs:>9}         {_named(finding)}: {finding['reason_en']}  {finding['reason_zh']} ({told})")


def _reasons(out: Output, label: str, reasons: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], most: int) -> None:
    by_number = {f["n"]: f for f in answer["findings"]}
    for reason in reasons[:most]:
        finding = by_number.get(reason["finding"])
        named = f"{_named(finding)}: " if finding else ""
        out.say(f"  {label:>9}  {reason['weight']:+.2f}  {named}{reason['text_en']}  {reason['text_zh']}")
    if len(reasons) > most:
        out.say(f"  {label:>9}         {len(reasons) - most} more, each weaker")


def _named(finding: Mapping[str, Any]) -> str:
    times = counted(finding["hits"], "time", "times")
    first, last = when(finding["first_at"]), when(finding["last_at"])
    return f"[{finding['n']}] {finding['typology']}, {first if first == last else f'{first} to {last}'} UTC, {times}"


def _money(out: Output, stakes: Sequence[Mapping[str, Any]], most: int) -> None:
    rows = [
        (s["name"], s["amount"], f"{s['state_en']} {s['state_zh']}", when(s["since"]), f"{s['left_en']}  {s['left_zh']}")
        for s in stakes[:most]
    ]
    if rows:
        out.table("Stolen money here, by its trace", ("asset", "amount", "state", "since (UTC)", "time left to stop it"), rows)


def _events(out: Output, events: Sequence[Mapping[str, Any]], total: int) -> None:
    rows = [
        (
            event["table"],
            event["event_id"],
            " ".join(f"[{n}]" for n in event["findings"]),
            ", ".join(f"{s['deliverer']} {s['file']}:{s['row']}" for s in event["sources"]),
        )
        for event in events
    ]
    if rows:
        title = f"Rests on ({len(rows)} of {counted(total, 'event', 'events')}; in brackets the findings that cite it)"
        out.table(title, ("table", "event", "cited by", "told in file:row"), rows)
    for event in events:
        for source in event["sources"]:
            if "original" in source:
                out.say(f"  {source['file']}:{source['row']}  {source['original']}")
