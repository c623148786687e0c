import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree, html

from cutline.model.evidence import Citation, Ending, Hop, Terminal, Trace
from cutline.report.trail import HANDS, MOVES, draw_hands, trail_page, trail_svg

START = datetime(2026, 3, 1, tzinfo=UTC)
CITED = Citation("transfers", "icbk", "t1", "b1", 7)
SECRET = re.compile(r"account:")


def show(entity):
    return "account~" + entity.rsplit("/", 1)[1]


def hop(depth, payer, payee, amount=1_000):
    names = (f"account:CN/ICBK/{payer}", f"account:CN/ICBK/{payee}")
    when = START + timedelta(minutes=depth)
    return Hop(depth, *names, "CNY", when, amount, amount, amount, amount, amount, depth % 2, CITED)


def traced(hops, name="report-1"):
    end = Terminal("account:CN/ICBK/<9>", "CNY", 900, 900, Ending.CASH, START, "CN/ICBK", (CITED,))
    return Trace("t1", name, "fifo", "CNY", 1_000, (end,), tuple(hops), False)


def test_every_hand_is_a_line_and_every_transfer_a_step():
    picture = draw_hands(traced([hop(1, "v", "m"), hop(2, "m", "n")]), show)
    drawn = etree.fromstring(picture)
    assert len(drawn.findall("{*}circle")) == 2
    labels = [t.text for t in drawn.findall("{*}text")]
    assert labels[-3:] == ["account~v", "account~m", "account~n"]


def test_a_large_trail_shows_what_carried_the_most():
    many = [hop(1 + k, f"a{k % 60}", f"b{k % 50}", 1 + k) for k in range(400)]
    drawn = etree.fromstring(draw_hands(traced(many), show))
    assert len(drawn.findall("{*}circle")) <= MOVES
    assert len([t for t in drawn.findall("{*}text") if t.text.startswith("account~")]) <= HANDS
    assert f"of {len(many)} transfers" in drawn.findtext("{*}title")


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("hops", [0, 3])
def test_a_picture_stands_alone_and_tells_no_id(hops, backward):
    traces = [traced([hop(1 + k, k, k + 1) for k in range(hops)], name) for name in ("report-1", "account:CN/ICBK/7")]
    picture = trail_svg(traces, show, backward)
    assert etree.fromstring(picture).tag.endswith("svg")
    page = trail_page(traces, show, backward)
    assert not SECRET.search(picture + page)
    assert "src=" not in page
    words = html.fromstring(page).text_content()
    assert ("Where it came from" in words) is backward
    assert "account~<9>" in words
