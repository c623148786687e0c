import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from lxml import etree, html

from cutline.model.evidence import Citation, Ending, Hop, Terminal, Trace
from cutline.report.hands import HANDS, MOVES, draw_hands
from cutline.report.trail import trail_page, trail_svg

START = datetime(2026, 3, 1, tzinfo=UTC)
CITED = Citation("transfers", "icbk", "t1", "b1", 7)
SECRET = re.compile(r"account:")


def show(entity):
    return "account~" + entity.rsplit("/", 1)[1]


def hop(depth, payer, payee, amount=1_000):
    names = (f"account:CN/ICBK/{payer}", f"account:CN/ICBK/{payee}")
    when = START + timedelta(minutes=depth)
    return Hop(depth, *names, "CNY", when, amount, amount, amount, amount, amount, depth % 2, CITED, amount, amount)


def traced(hops, name="report-1"):
    end = Terminal("account:CN/ICBK/<9>", "CNY", 900, 900, Ending.CASH, START, "CN/ICBK", (CITED,))
    return Trace("t1", name, "fifo", "CNY", 1_000, (end,), tuple(hops), False)


def test_every_hand_is_a_line_and_every_transfer_a_step():
    picture = draw_hands(traced([hop(1, "v", "m"), hop(2, "m", "n")]), show)
    drawn = etree.fromstring(picture)
    assert len(drawn.findall("{*}circle[@r='3.5']")) == 2
    labels = [t.text for t in drawn.findall("{*}text")]
    hands = [label for label in labels if label.startswith("account~")]
    assert hands == ["account~v", "account~m", "account~n", "account~<9>"]


def test_a_large_trail_shows_what_carried_the_most():
    many = [hop(1 + k, f"a{k % 60}", f"b{k % 50}", 1 + k) for k in range(400)]
    drawn = etree.fromstring(draw_hands(traced(many), show))
    assert len(drawn.findall("{*}circle[@r='3.5']")) <= MOVES
    assert len([t for t in drawn.findall("{*}text") if t.text.startswith("account~")]) <= HANDS
    counts = [int(n) for n in re.findall(r"(\d+) (?:transfers|smaller transfers)", drawn.findtext("{*}title"))]
    assert sum(counts) == len(many)
    assert re.search(r"and \d+ others", drawn.findtext("{*}title"))


def test_the_timeline_reaches_the_last_arrival_even_under_another_policy_than_fifo():
    last = replace(hop(500, "m", "z"), fifo_minor=0, loss_minor=0)
    end = Terminal("account:CN/ICBK/z", "CNY", 1_000, 1_000, Ending.RESIDUAL, last.occurred_at, "CN/ICBK", (CITED,))
    picture = draw_hands(replace(traced([hop(1, "v", "m"), last]), terminals=(end,)), show)
    assert f"{last.occurred_at:%Y-%m-%d %H:%M}" in picture
    assert "still there · 仍在账户 ¥10" in picture


def test_the_page_says_who_can_stop_it_and_how_sure_it_is():
    stop = {"order": 1, "who": "CN/ICBK", "who_zh": "CN/ICBK", "act_en": "stop it", "act_zh": "止付", "entity": "account~n"}
    stop |= {"loss": "¥9.00", "amount": "¥9.00", "chance": 0.9, "left": "16 min", "can_be_stopped": True, "how": "exchange"}
    stop |= {"institution": "address~hot", "ask_for": [{"what": "memo", "text": "m-7"}], "rivals": 1}
    came = {"payer": "address~b", "payee": "account~n", "at": "2026-03-30T09:00:00+00:00", "amount": "9.00 USDT"}
    guess = stop | {
        "order": 2,
        "rivals": 3,
        "way_en": "3 transfers fit.",
        "way_zh": "有3笔。",
        "guess": {"paid": None, "got": came},
    }
    told = {
        "as_of": "2026-03-30T10:00:00+00:00",
        "direction": "forward",
        "policy": "fifo",
        "reach": {"stoppable": "¥9.00", "stopped": "¥0.00", "gone": "¥1.00", "open": "¥0.00", "open_minor": 0},
        "stops": [stop, guess],
        "gaps": [{"entity": "account~m"}],
    }
    words = html.fromstring(trail_page([traced([hop(1, "v", "m"), hop(3, "m", "n")])], show, False, [told])).text_content()
    for said in ("CN/ICBK: stop it", "act within", "Rows are missing at 1 account", "2 steps were joined", "Proposals only"):
        assert said in words
    for said in ("memo m-7", "address~hot", "settle these first", "3 transfers fit.", "有3笔。", "address~b → account~n"):
        assert said in words
    gone = told | {"stops": [stop | {"can_be_stopped": False}]}
    assert "Nobody can stop any of it" in trail_page([traced([hop(1, "v", "m")])], show, False, [gone])


def test_a_bound_adds_up_to_nothing_and_says_so():
    told = {
        "as_of": "2026-03-30T10:00:00+00:00",
        "direction": "forward",
        "policy": "poison",
        "reach": {},
        "stops": [],
        "gaps": [],
    }
    trace = replace(traced([hop(1, "v", "m")]), policy="poison")
    words = html.fromstring(trail_page([trace], show, False, [told])).text_content()
    assert "at most" in words
    assert "no flow is drawn" in words
    assert not re.search("together|can be stopped", words)


def test_every_table_has_a_caption_and_every_wide_thing_can_be_scrolled_by_keyboard():
    tree = html.fromstring(trail_page([traced([hop(1, "v", "m")])], show))
    assert tree.xpath("//table")
    assert all(t.findtext("caption") or t.xpath("caption/span") for t in tree.xpath("//table"))
    assert all(box.get("tabindex") == "0" for box in tree.xpath("//figure | //div[@class='scroll']"))
    assert tree.xpath("//span[@lang='zh']")
    levels = [int(h.tag[1]) for h in tree.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


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
    assert words.count("¥10.00; FIFO · 先进先出") == len(traces), "a heading names its policy"
    assert ("Where it came from" in words) is backward
    assert "account~<9>" in words
