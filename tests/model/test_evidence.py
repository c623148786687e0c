import json
from datetime import UTC, datetime

import pytest

from cutline.model.evidence import Alert, Citation, Ending, Finding, Terminal, Trace, from_plain, to_plain
from cutline.model.waits import TimeLeft

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


def test_what_an_earlier_version_kept_is_read_with_the_defaults_of_what_it_did_not_know():
    alert = Alert("a", "alert", "r", ("phone:+861",), 0.5, 3, WHEN, (), ("f",))
    plain = json.loads(json.dumps(to_plain(alert)))
    del plain["stoppable_minor"], plain["time_left"]
    assert from_plain(Alert, plain) == alert
    del plain["rank"]
    with pytest.raises(KeyError, match="rank"):
        from_plain(Alert, plain)


def test_the_time_left_comes_back_as_it_was():
    alert = Alert("a", "alert", "r", (), 0.5, 3, WHEN, (), (), stoppable_minor=2, time_left=TimeLeft(10, None, 3, 4, 1, 0))
    assert from_plain(Alert, json.loads(json.dumps(to_plain(alert)))) == alert
