import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from cutline.risk.label_rates import Cases, Company, Hearing, label_rates, neighbour_rates

CASE = st.tuples(st.integers(0, 3), st.integers(0, 9), st.sampled_from([-1, 0, 1]), st.integers(-1, 2))


def _slowly(group, t, labels, parts, hearing):
    out = []
    for i in range(len(group)):
        fraud = every = 0.0
        for j in range(len(group)):
            before = (t[j], j) < (t[i], i)
            if i == j or group[i] != group[j] or labels[j] < 0 or not (before or hearing.later):
                continue
            if parts[j] == parts[i] and parts[i] >= 0:
                continue
            weight = np.exp(-abs(t[i] - t[j]) / hearing.fade_us) if hearing.fade_us else 1.0
            fraud, every = fraud + weight * labels[j], every + weight
        out.append(((fraud + hearing.weight * hearing.prior) / (every + hearing.weight), np.log1p(every)))
    return np.array(out)


@settings(max_examples=60, deadline=None)
@given(st.lists(CASE, min_size=1, max_size=25), st.sampled_from([0.0, 3.0]), st.booleans())
def test_rates_are_those_of_a_slow_count(cases, fade, later):
    group, t, labels, parts = (np.array(column) for column in zip(*cases, strict=True))
    hearing = Hearing(fade, later, prior=0.2)
    order = np.lexsort((np.arange(len(t)), t, group))
    start = np.concatenate(([0], np.cumsum(np.bincount(group))))
    told = label_rates(Company(order, start, t[order]), Cases(labels.astype(np.int8), parts), hearing)
    assert np.allclose(told, _slowly(group, t, labels, parts, hearing))


def test_no_case_hears_its_own_label_or_its_parts():
    chance = np.random.default_rng(1)
    weights = csr_matrix((chance.random((30, 30)) < 0.3).astype(float))
    labels, parts = chance.integers(0, 2, 30).astype(np.int8), chance.integers(0, 4, 30)
    hearing = Hearing(prior=0.5)
    before = neighbour_rates(weights, Cases(labels, parts), hearing)
    turned = labels.copy()
    turned[parts == 2] = 1 - turned[parts == 2]
    after = neighbour_rates(weights, Cases(turned, parts), hearing)
    assert (before[parts == 2] == after[parts == 2]).all()
    assert (before[parts != 2] != after[parts != 2]).any()
