"""Signs of being held: each with who shows it, who looks alike and does not, and what is not known where rows are missing."""

import pytest

from cutline.model.evidence import Action
from cutline.pipeline.saying import rows_saying
from cutline.rings.coercion import (
    CONFINED,
    DEBT,
    DOCUMENTS,
    ENDLESS,
    LURED,
    MISSING,
    RANSOM,
    TAKEN_PHONE,
    TOLD,
    Known,
    coercion_indicators,
)
from tests.rings.test_alerts import RESTRICTIVE, alerts_of, proposals
from tests.risk.gangs import Rows, build, merged, pay, province, tie
from tests.worlds import at

SON, PHONE = "person:id/son", "phone:+86-son"
OWN = [tie(SON, PHONE, "owns"), tie("handle:wx/son", PHONE, "registered_with")]


def crossing(direction: str, day: float, who: str = SON):
    return {"occurred_at": at(day), "person": who, "kind": "crossing", "direction": direction}


def talk(source: str, target: str, when, **more):
    return {"occurred_at": when, "source": source, "target": target, "medium": "message", **more}


def away(**tables) -> Rows:
    """The son left on the tenth day; `tables` are further rows."""
    later = [talk("phone:+86-x", "phone:+86-y", at(40))]
    return merged({"ties": OWN, "movements": [crossing("out", 10)], "contacts": later}, tables)


def signs_of(rows: Rows, who: str = SON, **known):
    """Give the indicators on somebody; what is known of accounts and suspects is given by their ids."""
    index = build(rows)
    suspects = index.kinds < 0
    for entity in known.pop("suspects", ()):
        suspects[index.code(entity)] = True
    codes = {name: [index.code(entity) for entity in entities] for name, entities in known.items()}
    found = coercion_indicators(index, Known(**codes, suspects=suspects, said=rows_saying(index)))
    return found.get(index.code(who), ())


def back(rows: Rows) -> Rows:
    return merged(rows, {"movements": [crossing("in", 12)]})


def without_border(rows: Rows) -> Rows:
    return {name: some for name, some in rows.items() if name != "movements"}


def advert(text: str):
    return {"occurred_at": at(3), "author": "handle:hb/recruiter", "kind": "job_advert", "title": "海外客服", "text": text}


def answered(*moments):
    there = [talk("handle:wx/son", "handle:hb/recruiter", moment) for moment in moments]
    return there + [talk("handle:hb/recruiter", "handle:wx/son", moment) for moment in moments]


@pytest.mark.parametrize(
    ("text", "sign"), [("包机票，护照统一保管", (DOCUMENTS,)), ("入职先给现金，落地先给安家费", (DEBT,)), ("包机票", ())]
)
def test_what_the_recruiter_s_advert_says_tells_how_somebody_may_be_held(text, sign):
    rows = away(posts=[advert(text)], contacts=answered(at(8)))
    assert signs_of(rows) == sign
    assert signs_of(back(rows)) == signs_of(without_border(rows)) == ()


def test_who_only_got_a_message_or_talked_long_before_was_not_recruited_by_it():
    said = [advert("护照统一保管")]
    assert signs_of(away(posts=said, contacts=[talk("handle:hb/recruiter", "handle:wx/son", at(8))])) == ()
    assert signs_of(merged({**away(posts=said, contacts=answered(at(1))), "movements": [crossing("out", 30)]})) == ()
    assert signs_of(away(contacts=answered(at(8)))) == (), "the advert was not delivered"


def test_a_long_call_with_the_number_that_an_advert_names_is_a_talk():
    named = [tie("handle:hb/recruiter", "phone:+86-hr", "mentions")]
    call = {"medium": "call", "duration_s": 200}
    rows = away(posts=[advert("护照统一保管")], ties=named, contacts=[talk("phone:+86-hr", PHONE, at(8), **call)])
    assert signs_of(rows) == (DOCUMENTS,)
    short = away(
        posts=[advert("护照统一保管")], ties=named, contacts=[talk("phone:+86-hr", PHONE, at(8), **{**call, "duration_s": 9})]
    )
    assert signs_of(short) == ()


def test_an_own_account_among_many_behind_one_address_abroad_is_confinement():
    assert signs_of(away(), confined=["handle:wx/son"]) == (CONFINED,)
    assert signs_of(back(away()), confined=["handle:wx/son"]) == (), "who came back is free"
    assert signs_of(without_border(away()), confined=["handle:wx/son"]) == (), "whose card it is, is not who works it"


def calls_from(device: str | None, numbers: int, day: float = 12):
    return [talk("phone:+86-son", f"phone:+86-t{k}", at(day, k), medium="call", source_device=device) for k in range(3)] + [
        talk(f"phone:+86-n{k}", f"phone:+86-t{k}", at(day, k), medium="call", source_device=device) for k in range(numbers)
    ]


def test_a_number_that_calls_from_a_box_after_its_owner_left_is_in_other_hands():
    assert signs_of(away(contacts=calls_from("device:imei/1", 5))) == (TAKEN_PHONE,)
    assert signs_of(away(contacts=calls_from("device:imei/1", 1))) == (), "a spare phone with two cards"
    before = [*calls_from("device:imei/1", 5, day=5), talk(PHONE, "phone:+86-x", at(13))]
    assert signs_of(away(contacts=before)) == (), "before the journey: a friend's phone"
    assert signs_of(away(contacts=calls_from(None, 5))) == (), "the operator says nothing of devices"


def days(count: int, hours: int, rest: int = 99):
    return [
        talk("handle:wx/son", f"handle:wx/t{h}", at(12 + day, h))
        for day in range(count)
        if day % 7 < rest
        for h in range(hours)
    ]


def test_who_writes_all_day_and_every_day_does_not_do_it_freely():
    assert signs_of(away(contacts=days(10, 15))) == (ENDLESS,)
    assert signs_of(away(contacts=days(6, 14))) == (ENDLESS,)
    assert signs_of(away(contacts=days(20, 11))) == (), "long days, as many have them"
    assert signs_of(away(contacts=days(20, 16, rest=5))) == (), "two days of rest a week"
    assert signs_of(away(contacts=days(4, 20))) == (), "a few days"


def paid_home(hours: float, payee: str = "account:CN/ICBK/gang"):
    """The son calls his mother, and she pays some hours later."""
    ties = [tie(SON, "person:id/mother", "family"), tie("person:id/mother", "phone:+86-mother", "owns")]
    ties.append(tie("person:id/mother", "account:CN/ABC/mother", "owns"))
    call = talk(PHONE, "phone:+86-mother", at(20), medium="call", duration_s=90)
    payments = [pay("account:CN/ABC/mother", payee, 50_000_00, at(20, hours)), pay("account:CN/ABC/z", payee, 1, at(1))]
    return {"ties": ties, "contacts": [call], "transfers": payments}


def test_family_that_pays_suspects_after_a_call_from_abroad_may_pay_for_a_release():
    gang = ["account:CN/ICBK/gang"]
    assert signs_of(away(**paid_home(2)), suspects=gang) == (RANSOM,)
    assert signs_of(away(**paid_home(30)), suspects=gang) == (), "robbed a day later: the call has nothing to do with it"
    assert signs_of(away(**paid_home(-2)), suspects=gang) == (), "paid before they heard from him"
    assert signs_of(away(**paid_home(2, "account:CN/ICBK/shop")), suspects=["account:CN/ABC/z"]) == (), "pays a shop"
    alone = paid_home(2)
    assert signs_of(away(**{**alone, "ties": alone["ties"][1:]}), suspects=gang) == (), "nobody says that she is family"
    assert signs_of(back(away(**paid_home(2))), suspects=gang) == ()


def registered(*banks: str):
    """Accounts at banks that know their holder by tokens of their own, on the son's number."""
    ties = [tie(f"person:{bank}/c", f"account:CN/{bank}/1", "owns") for bank in banks]
    return {"ties": ties + [tie(f"account:CN/{bank}/1", PHONE, "registered_with") for bank in banks]}


def test_a_sign_stands_on_all_tokens_that_one_number_calls_one_person():
    missing = {"reports": [{"occurred_at": at(20), "kind": "missing", "person": SON}]}
    rows = merged(away(**registered("ICBK", "ABC")), missing)
    assert signs_of(rows) == signs_of(rows, "person:ICBK/c") == signs_of(rows, "person:ABC/c") == (MISSING,)
    shared = merged(away(**registered(*(f"B{k}" for k in range(9)))), missing)
    assert signs_of(shared) == (MISSING,)
    assert signs_of(shared, "person:B1/c") == (), "a number that many share is no one's of them"


@pytest.mark.parametrize(
    ("narrative", "lexicons"),
    [
        ("went abroad for work, phone off since, said once that they took the passport", ["papers_taken"]),
        ("he once wrote that his passport was taken and he cannot leave", ["papers_taken", "cannot_leave"]),
        ("He wrote that they beat him and will not let him leave", ["cannot_leave", "violence_told"]),
        ("She cannot go out, they took her passport and ask for money", ["papers_taken", "cannot_leave", "release_money"]),
        ("说去做客服,护照被收走,天天挨打,要交钱才放人", ["papers_taken", "violence_told", "release_money"]),
        ("出门后不让离开", ["cannot_leave"]),
        ("家人说去外地打工,之后电话打不通", []),
        ("lost her passport on the way, asked the embassy for help", []),
        ("他打来电话说护照代办要钱", []),
        ("一天被打了好几次电话推销,钱出不来", []),
    ],
)
def test_what_a_report_tells_of_somebody_is_a_sign_of_its_own(narrative, lexicons):
    told = {"occurred_at": at(20), "kind": "missing", "person": SON, "narrative": narrative}
    assert signs_of(merged({"reports": [told], "ties": OWN})) == (MISSING, *(TOLD[name] for name in lexicons))
    of_nobody = {**told, "kind": "contact", "person": None}
    assert signs_of(away(reports=[of_nobody])) == (), "the report does not say of whom"


def test_what_is_not_delivered_says_nothing():
    rows = away(reports=[{"occurred_at": at(20), "kind": "missing", "person": SON}])
    assert signs_of(rows) == (MISSING,), "a report without its words"
    assert rows_saying(build(away())) == {}


def test_what_a_finding_says_of_a_person_is_an_indicator_wherever_they_are():
    assert signs_of(without_border(away()), lured=[SON]) == (LURED,)
    assert signs_of(away()) == (), "a journey is no sign"


def test_a_suspect_with_a_sign_is_screened_and_the_tools_only_limited():
    box = [talk("phone:+86-a-0", f"phone:+86-t{k}", at(12, k), medium="call", source_device="device:imei/b") for k in range(3)]
    box += [talk(f"phone:+86-n{k}", "phone:+86-t0", at(12, k), medium="call", source_device="device:imei/b") for k in range(5)]
    gone = {"movements": [crossing("out", 10, "person:id/a-p0")], "contacts": box}
    found = {"subject": "phone:+86-a-0", "typology": "sim-box", "strength": 1.0}
    held, free = (proposals(alerts_of(merged(province(), more), found)) for more in (gone, {"contacts": box}))
    assert held["person:id/a-p0"] is Action.SCREEN
    assert held["phone:+86-a-0"] is Action.LIMIT
    assert free["phone:+86-a-0"] is Action.SUSPEND
    assert not [p for p in held if p.startswith("person:") and held[p] in RESTRICTIVE]


@pytest.mark.parametrize("label", [MISSING, LURED, DOCUMENTS, DEBT, CONFINED, TAKEN_PHONE, ENDLESS, RANSOM, *TOLD.values()])
def test_every_sign_is_said_in_both_languages(label):
    assert label.en.isascii()
    assert not label.zh.isascii()
