import numpy as np

from cutline.graph.neighbours import closure, means, neighbourhood, sharing

SOURCE, TARGET = np.array([0, 0, 1, 3, 3, 0, -1], np.int32), np.array([1, 2, 2, 4, 3, 1, 2], np.int32)


def test_repeats_loops_and_unknown_ends_do_not_count():
    near = neighbourhood(SOURCE, TARGET, 6)
    assert near.degree.tolist() == [2, 2, 2, 1, 1, 0]
    assert near.sent.tolist() == [2, 1, 0, 1, 0, 0]
    assert near.received.tolist() == [0, 1, 2, 0, 1, 0]


def test_a_triangle_is_closed_and_a_pair_is_not():
    told = closure(neighbourhood(SOURCE, TARGET, 6))
    assert told[:3].tolist() == [1, 1, 1]
    assert np.isnan(told[3:]).all()


def test_means_leave_out_what_is_unknown():
    near = neighbourhood(SOURCE, TARGET, 6)
    told = means(near.ties, np.array([[1.0], [np.nan], [3.0], [4.0], [5.0], [6.0]]))[:, 0]
    assert np.array_equal(told, [3, 2, 1, 5, 4, np.nan], equal_nan=True)


def test_company_is_alike_where_it_is_shared_and_hubs_do_not_make_it():
    star = np.zeros(50, np.int32), np.arange(1, 51, dtype=np.int32)
    assert sharing(neighbourhood(*star, 51))[1, 2] == 1
    assert sharing(neighbourhood(*star, 51), most=20).nnz == 0
