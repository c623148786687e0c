import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from cutline.model.evidence import Action, Alert, Citation, Ending, Finding, Hop, Member, Proposal, Ring, Terminal, Trace
from cutline.report import Link, Overview, RingStory, Stage, render_page
from cutline.report.timeline import draw_timeline

START = datetime(2026, 3, 1, tzinfo=UTC)
CITED = Citation("transfers", "icbk", "t1", "b1", 7)
SECRET = re.compile(r"(person|phone|account|address):")


def _hop(depth, payer, payee, amount, hours):
    when = START + timedelta(hours=hours)
    return Hop(depth, payer, payee, "CNY", when, amount, amount, amount, amount, amount, 0, CITED, amount, amount)


def _story(members=40, hops=30):
    people = tuple(
        Member(f"person:id/{k}", "mule" if k % 3 else "caller", 0.8, k / members, "shares <a device>", "共用设备")
        for k in range(members)
    )
    accounts = tuple(Member(f"account:CN/ICBK/62{k}", "", 0.0, 0.5, "paid by members", "收款") for k in range(members))
    ring = Ring("r-1", people + accounts, 0.9, START, START + timedelta(days=9))
    finding = Finding("f1", "pass-through-account", "1", accounts[0].entity, START, START, 2, 0.7, "en & <b>", "中文", (CITED,))
    path = tuple(_hop(1 + k % 9, f"account:CN/ICBK/62{k}", f"account:CN/ICBK/62{k + 1}", 10_000 - k, k) for k in range(hops))
    ends = (Terminal("account:CN/ICBK/629", "CNY", 900, 900, Ending.CASH, START, "CN/ICBK", (CITED,)),)
    trace = Trace("t1", "report-1", "fifo", "CNY", 10_000, ends, path, False)
    alert = Alert(
        "a1", "alert", "r-1", ("person:id/1",), 0.8, 900, START, (Proposal("person:id/1", Action.SCREEN, "x", "筛"),), ("f1",)
    )
    return RingStory(ring, (Link(people[0].entity, accounts[0].entity, "tie"),), (finding,), (trace,) if hops else (), alert)


def _page(stories):
    overview = Overview(
        "A <title>",
        True,
        {"transfers": 5},
        {"read": 5, "accepted": 5},
        (Stage("index", 1.0, 100.0),),
        stories,
        1,
        2,
        {"pass-through-account": "Pass-through · 过渡"},
        "CNY",
    )
    return render_page(overview, lambda entity: entity.split(":")[0] + "~" + str(abs(hash(entity)) % 10_000))


@pytest.mark.parametrize("story", [_story(), _story(members=1, hops=0), _story(members=200, hops=400)])
def test_the_page_stands_alone_and_names_nobody(story):
    page = _page((story,))
    assert not SECRET.search(page)
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert "default-src 'none'" in page
    tree = html.fromstring(page)
    pictures = tree.xpath("//*[local-name()='svg']")
    assert len(pictures) >= 3 if story.traces else 2
    assert all(p.get("role") == "img" and p.get("aria-label") for p in pictures)
    assert "模拟数据" in page
    assert "<title>A &lt;title&gt;</title>" in page


def test_words_from_records_are_escaped():
    page = _page((_story(),))
    assert "en &amp; &lt;b&gt;" in page
    assert "shares &lt;a device&gt;" in page


def test_a_run_without_rings_says_so():
    assert "No ring found" in _page(())


def test_a_finding_that_began_years_ago_does_not_squeeze_the_days_that_matter():
    story = _story()
    old = Finding("f2", "card-dealer", "1", "person:id/1", START - timedelta(days=2000), START, 2, 0.7, "en", "中", (CITED,))
    assert "03-0" in _page((RingStory(story.ring, story.links, (*story.findings, old), story.traces, story.alert),))


def test_nothing_is_drawn_outside_its_picture():
    tree = html.fromstring(_page((_story(members=200, hops=400),)))
    for picture in tree.xpath("//*[local-name()='svg']"):
        width, height = (float(v) for v in picture.get("viewbox", picture.get("viewBox")).split()[2:])
        for bar in picture.xpath(".//*[local-name()='rect']"):
            assert float(bar.get("x")) + float(bar.get("width")) <= width + 1
            assert float(bar.get("y")) + float(bar.get("height")) <= height + 1


def test_a_long_title_is_broken_and_never_cut():
    english = "A number of this country that keeps ringing in over a foreign or leased line, whoever may have leased it"
    chinese = "显示境内号码、却从国际或租用中继反复呼入且来源不明的可疑主叫号码"
    titles = {"pass-through-account": f"{english} · {chinese}"}
    drawn = html.fromstring(draw_timeline(_story().findings, (), titles))
    told = [piece.text for piece in drawn.xpath("//*[local-name()='text']") if piece.get("x") == "8.0"]
    assert " ".join(told).startswith(english)
    assert "".join(told).endswith(chinese)
    assert len(told) == 3 + 2
    assert english in drawn.xpath("//*[local-name()='desc']")[0].text


def _ending(competing):
    """A trace of one payment that went over an exchange which `competing` transfers fitted."""
    first = replace(_hop(1, "account:CN/ABC/v", "account:CN/ABC/m", 1_000, 0), onward=(1,) if competing else ())
    second = replace(_hop(2, "account:CN/ABC/m", "account:CN/ABC/z", 1_000, 1), competing=competing)
    ends = (Terminal("account:CN/ABC/z", "CNY", 1_000, 1_000, Ending.RESIDUAL, START, "CN/ABC", (CITED,)),)
    return Trace("t2", "report-2", "fifo", "CNY", 1_000, ends, (first, second), False)


@pytest.mark.parametrize(
    ("competing", "said"), [(0, "certain · "), (1, "inferred; nothing else fits · "), (3, "partly guessed: about 33% sure · ")]
)
def test_an_ending_says_how_sure_the_way_to_it_is(competing, said):
    tree = html.fromstring(_page((replace(_story(), traces=(_ending(competing),)),)))
    (row,) = [r for r in tree.xpath("//tr") if "still there" in r.text_content()]
    assert row[-1].text_content().startswith(said)
