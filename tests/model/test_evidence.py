import json
from datetime import UTC, datetime

from cutline.model.evidence import Citation, Ending, Finding, Terminal, Trace, from_plain, to_plain

CITED = Citation("transfers", "icbk", "t1", "b1", 7)
WHEN = datetime(2026, 3, 1, 8, 15, tzinfo=UTC)


def test_evidence_survives_json_whole():
    terminal = Terminal("account:CN/ICBK/1", "CNY", 500, 500, Ending.CASH, WHEN, "CN/ICBK", (CITED,))
    trace = Trace("t", "r1", "fifo", "CNY", 500, (terminal,), (), False)
    assert from_plain(Trace, json.loads(json.dumps(to_plain(trace)))) == trace


def test_an_unknown_value_stays_unknown():
    finding = Finding("f", "sim-box", "1", "phone:+8613800138000", WHEN, WHEN, 1, 0.5, "en", "zh", (CITED,))
    again = from_plain(Finding, json.loads(json.dumps(to_plain(finding))))
    assert again == finding
    assert again.value_minor is None
