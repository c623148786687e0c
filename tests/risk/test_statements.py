from cutline.model.index import NULL
from cutline.risk.association.people import same_person
from cutline.risk.statements import last_crossing, reported, tagged
from tests.risk.gangs import build, tie
from tests.worlds import at

ONE, OTHER, STAYS = "person:bank/a", "person:police/a", "person:bank/b"


def crossing(person: str, way: str, day: int) -> dict[str, object]:
    return {"person": person, "kind": "crossing", "direction": way, "occurred_at": at(day)}


def test_a_person_last_crossed_when_the_last_of_their_tokens_did() -> None:
    moves = [crossing(ONE, "out", 1), crossing(OTHER, "out", 5), crossing(ONE, "in", 3)]
    index = build({"movements": moves, "ties": [tie(ONE, OTHER, "same_as"), tie(STAYS, "account:CN/A/1", "owns")]})
    one, other, stays = (index.code(name) for name in (ONE, OTHER, STAYS))
    times = index.tables["movements"].t_us
    alone, joined = last_crossing(index, "out"), last_crossing(index, "out", same_person(index))
    assert (alone[one], alone[other], alone[stays]) == (times[0], times[2], NULL)
    assert joined[same_person(index)[one]] == times[2]
    assert last_crossing(index, "in")[[one, other]].tolist() == [times[1], NULL]


def test_reports_and_lists_name_whom_they_name_and_nobody_where_there_are_none() -> None:
    told = [{"kind": kind, "reporter": who, "occurred_at": at(1)} for kind, who in (("loss", ONE), ("contact", OTHER))]
    listed = [{"entity": STAYS, "tag": "payroll", "list": "l", "occurred_at": at(1)}]
    index = build({"reports": told, "tags": listed})
    assert reported(index, "loss", "reporter").tolist() == [index.code(ONE)]
    assert not len(reported(index, "missing", "reporter"))
    assert tagged(index, "payroll").nonzero()[0].tolist() == [index.code(STAYS)]
    assert not tagged(index, "pool").any()
    assert not len(reported(build({"tags": listed}), "loss", "reporter"))
