"""What lives on one gang's stolen money is that gang's; what lives on several gangs' is nobody's."""

import numpy as np
import pytest

from cutline.rings.carried import Carried, join_carried

LABEL = np.array([0, 0, 1, 1, 2, 2, -1])
"""Two gangs' accounts, a chain's addresses, and a bridge between that nobody accuses."""


def through(*losses: tuple[int, int]) -> Carried:
    """Each loss is paid to an account, goes to the bridge and on to an address of the chain: (account, address) by report."""
    rows = [
        row
        for report, (account, address) in enumerate(losses)
        for row in ((6, account, report, 1), (account, 6, report, 2), (6, address, report, 3))
    ]
    return Carried(*np.array(rows, np.int64).reshape(-1, 4).T)


@pytest.mark.parametrize(
    ("losses", "joined"),
    [
        pytest.param([(0, 4), (1, 5), (0, 5)], 0, id="one gang's losses"),
        pytest.param([(2, 4), (3, 4), (2, 5), (0, 4)], 1, id="most of them one gang's"),
        pytest.param([(0, 4), (1, 5), (2, 4), (3, 5)], 2, id="two gangs' launderer"),
        pytest.param([(0, 4)] * 3 + [(0, 6)] * 9 + [(2, 4), (3, 5)], 1, id="a part of the larger gang's, all of the smaller's"),
        pytest.param([(0, 4)] * 21 + [(0, 6)] * 3 + [(2, 5)] * 9, 2, id="nearly all of one's, all the few of another's"),
        pytest.param([(0, 4)], 2, id="a single loss"),
        pytest.param([(0, 4), (1, 5), (4, 5)], 2, id="paid by victims of its own"),
    ],
)
def test_a_chain_is_the_gangs_whose_losses_arrive_there(losses, joined):
    after = join_carried(LABEL, through(*losses))
    assert after[4] == joined
    assert after.tolist() == [0, 0, 1, 1, joined, joined, -1]


def test_without_reports_nothing_is_joined():
    assert (join_carried(LABEL, through()) == LABEL).all()
