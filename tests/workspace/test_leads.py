"""What the asked policy carries nothing to is a lead, and stands apart from what the money did."""

from dataclasses import replace
from typing import Any

import pytest

from cutline.cli.output import Output
from cutline.cli.trail import _hops, _items, _touched
from cutline.model.evidence import Citation, Hop, Trace
from cutline.workspace.amounts import by_holder
from tests.worlds import at


def hop(payer: str, payee: str, carried: int) -> Hop:
    cited = Citation("transfers", "icbk", payee, "b1", 7)
    return Hop(1, payer, payee, "CNY", at(1), 100, 100, carried, 50, carried, 0, cited, carried, carried)


def test_a_holder_of_leads_alone_is_told_apart() -> None:
    money = hop("account:CN/ICBK/1", "account:CN/ICBK/2", 100)
    hops = (money, hop("account:CN/ICBK/2", "account:CN/ABOC/3", 0), hop("account:CN/ICBK/2", "account:CN/ICBK/4", 0))
    trace = Trace("t", "RPT1", "fifo", "CNY", 100, (), hops, truncated=False)
    told = {h["holder"]: (h["accounts"], h["lead_accounts"]) for h in by_holder(trace)}
    assert told == {"CN/ICBK": (2, 1), "CN/ABOC": (0, 1)}
    alone = replace(trace, hops=(money,))
    assert [h["lead_accounts"] for h in by_holder(alone)] == [0]


def test_leads_stand_after_what_the_money_did_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    step = {"depth": 1, "occurred_at": "2026-03-01T00:00:00", "payer": "account~a", "transferred": "¥1.00", "competing": 0}
    step |= {"carried": "¥1.00", "tainted_first": "¥1.00", "fifo": "¥1.00", "haircut": "¥1.00"}
    hops = [step | {"payee": "account~lead", "lead": True}, step | {"payee": "account~money", "lead": False}]
    item = {"lead": True, "loss_minor": 0, "item": "item:x"}
    holders = [{"holder": "CN/ABOC", "country": "CN", "accounts": 0, "lead_accounts": 1}]
    one: dict[str, Any] = {
        "policy": "fifo",
        "basis": "stolen",
        "hops": hops,
        "hops_total": 2,
        "items": [item],
        "holders": holders,
        "places": [],
    }
    out = Output(as_json=False)
    for tell in (_touched, _items, _hops):
        tell(out, one)
    told = capsys.readouterr().out
    assert "rows with 0 under FIFO 先进先出 are leads" in told
    assert told.index("account~money") < told.index("account~lead  lead 线索")
    assert "item:x" not in told
    assert "1 purchase is a lead" in told
    assert "leads only" in told
