import numpy as np

from cutline.graph.index import ABSENT, NULL
from tests.worlds import at, world


def test_entities_share_one_code_space_in_the_order_of_their_ids():
    w = world(
        transfers=[
            {
                "occurred_at": at(1),
                "payer": "account:CN/ICBK/2",
                "payee": "account:CN/ICBK/1",
                "amount": 5,
                "asset": "CNY",
                "rail": "bank",
            }
        ],
        ties=[{"occurred_at": at(0), "a": "person:id/x", "b": "account:CN/ICBK/1", "relation": "owns"}],
    )
    assert w.entities.to_pylist() == ["account:CN/ICBK/1", "account:CN/ICBK/2", "person:id/x"]
    assert w.tables["transfers"].columns["payer"].tolist() == [1]
    assert w.tables["ties"].columns["b"].tolist() == [0]
    assert w.of_kind("person").tolist() == [2]
    assert w.code("account:CN/ICBK/9") == -1
    assert w.entity(2) == "person:id/x"


def test_unknown_values_are_marked_never_zero():
    w = world(
        transfers=[
            {
                "occurred_at": at(1),
                "payer": "account:CN/A/2",
                "payee": "account:CN/A/1",
                "amount": 10**20,
                "asset": "CNY",
                "rail": "bank",
            }
        ]
    )
    table = w.tables["transfers"]
    assert table.columns["amount"].tolist() == [NULL]
    assert table.beyond["amount"].rows.tolist() == [0]
    assert table.beyond["amount"].halves.tolist() == [[10**20 % 2**64, 10**20 // 2**64]]
    assert table.columns["payer_balance_after"].tolist() == [NULL]
    assert table.columns["device"].tolist() == [-1]
    assert table.columns["remote_session"].tolist() == [-1]
    assert table.columns["channel"].tolist() == [-1]
    assert table.category("channel", "atm") == ABSENT


def test_codes_do_not_depend_on_the_order_of_rows():
    rows = [
        {
            "occurred_at": at(k % 3),
            "event_id": f"x{k}",
            "source": f"phone:+86{k}",
            "target": f"phone:+86{9 - k}",
            "medium": "call",
        }
        for k in range(9)
    ]
    one, other = world(contacts=rows), world(contacts=rows[::-1])
    assert one.entities.equals(other.entities)
    assert np.array_equal(one.tables["contacts"].columns["source"], other.tables["contacts"].columns["source"])
    assert np.array_equal(one.tables["contacts"].t_us, other.tables["contacts"].t_us)


def test_citations_lead_back_to_rows():
    w = world(contacts=[{"occurred_at": at(1), "source": "phone:+861", "target": "phone:+862", "medium": "sms", "row": 7}])
    (cited,) = w.cite("contacts", np.array([0]))
    assert (cited.table, cited.deliverer, cited.row) == ("contacts", "test", 7)
