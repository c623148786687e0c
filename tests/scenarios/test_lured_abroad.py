"""From an advert to a den: recruiter, payer, recruits and callers are found or protected; who only resembles them is not."""

from __future__ import annotations

from typing import Any

import pytest

from cutline.typologies.catalogue import load_catalogue
from cutline.typologies.detection import Detection, detect
from tests.worlds import at, world

Row = dict[str, Any]
RECRUITER, CONTRACTOR, LOUD = "handle:hb/recruiter", "handle:hb/contractor", "handle:hb/loud"
SMUGGLER, OPERATOR = "person:id/smuggler", "account:CN/ICBK/tours"
RECRUIT, HOLIDAY = "person:id/recruit0", "person:id/holiday"
PRETENDED, ROAMER = "phone:+8659561000001", "phone:+8613700000001"


def advert(day: float, author: str, title: str, text: str, yuan: int) -> Row:
    common = {"kind": "job_advert", "platform": "hb", "currency": "CNY", "attributes": "{}"}
    return {**common, "occurred_at": at(day), "author": author, "title": title, "text": text, "price": yuan * 100}


def adverts() -> list[Row]:
    usual = [advert(1 + k, f"handle:hb/e{k}", "会计", "就近上班,五险一金", 6_000 + 100 * k) for k in range(15)]
    return [
        *usual,
        advert(17, RECRUITER, "柬埔寨客服", "会打字就行,报销路费,口岸有人接,飞机联系", 28_000),
        advert(17, CONTRACTOR, "海外项目焊工", "持证上岗,劳动合同,工作签证,往返机票", 14_000),
        advert(17, LOUD, "房产经纪人", "无需经验,名额有限,月入不封顶", 30_000),
    ]


def journeys() -> list[Row]:
    def ticket(day: float, person: str, payer: str) -> Row:
        return {"occurred_at": at(day), "kind": "ticket", "person": person, "payer": payer, "from_place": "place:CN/35"}

    def crossing(day: float, person: str, way: str) -> Row:
        return {"occurred_at": at(day), "kind": "crossing", "direction": way, "person": person, "to_place": "place:KH"}

    rows = [{**ticket(18 + k, f"person:id/recruit{k}", SMUGGLER), "to_place": "place:KH/Bavet"} for k in range(4)]
    rows += [{**ticket(18 + k / 2, f"person:id/tourist{k}", OPERATOR), "to_place": "place:TH/Bangkok"} for k in range(9)]
    return [*rows, crossing(18.5, RECRUIT, "out"), crossing(18.5, HOLIDAY, "out")]


def log_ins() -> list[Row]:
    def log_in(day: float, who: int, device: int, ip: str) -> Row:
        name = {"handle": f"handle:hb/{ip}{who}", "device": f"device:hb/{ip}{device}", "ip": f"ip:103.9.9.{len(ip)}"}
        return {"occurred_at": at(day), **name, "place": "place:KH/Bavet"}

    den = [log_in(15 + day + who / 24, who, who // 3, "den") for day in range(14) for who in range(9)]
    return den + [log_in(15 + day + who / 24, who, who, "dormitory") for day in range(14) for who in range(9)]


def calls() -> list[Row]:
    def call(day: float, source: str, target: str, **more: Any) -> Row:
        return {"occurred_at": at(day), "source": source, "target": target, "medium": "call", "duration_s": 1_300, **more}

    rows = [call(20 + k / 24, PRETENDED, f"phone:+86139{k:08d}", trunk="international") for k in range(6)]
    abroad = {"trunk": "international", "roaming_country": "KH"}
    rows += [call(20 + k / 24, ROAMER, f"phone:+86138{k:08d}", **abroad) for k in range(6)]
    rows += [call(15 + k, f"phone:+8615{who}00000001", "phone:+8613600000001") for k in range(3) for who in (0, 1)]
    return [*rows, call(22.5, "phone:+8615100000001", "phone:+8613600000001", **abroad)]


@pytest.fixture(scope="module")
def detection() -> Detection:
    missing = [{"occurred_at": at(23), "kind": "missing", "person": person} for person in (RECRUIT, HOLIDAY)]
    owns = [
        {"occurred_at": at(-30), "a": person, "b": f"phone:+8615{k}00000001", "relation": "owns"}
        for k, person in enumerate((RECRUIT, HOLIDAY))
    ]
    fees = [
        {
            "occurred_at": at(10 + k / 2),
            "payer": f"account:CN/ABC/tourist{k}",
            "payee": OPERATOR,
            "amount": 390_000,
            "asset": "CNY",
            "rail": "bank",
            "channel": "web",
        }
        for k in range(12)
    ]
    index = world(
        posts=adverts(), movements=journeys(), sessions=log_ins(), contacts=calls(), reports=missing, ties=owns, transfers=fees
    )
    return detect(index, load_catalogue())


def found(detection: Detection, typology: str) -> set[str]:
    return {f.subject for f in detection.findings if f.typology == typology}


def test_the_lure_is_told_from_lawful_work_and_from_loud_employers(detection: Detection) -> None:
    assert found(detection, "job-lure") == {RECRUITER}


def test_who_pays_for_recruits_is_told_from_a_tour_operator(detection: Detection) -> None:
    assert found(detection, "shared-payer-travel") == {SMUGGLER}


def test_the_den_is_told_from_the_dormitory(detection: Detection) -> None:
    assert found(detection, "compound") == {f"handle:hb/den{who}" for who in range(9)}


def test_a_pretended_number_is_told_from_a_roamer(detection: Detection) -> None:
    assert found(detection, "spoofed-ingress") == {PRETENDED}


def test_the_silent_recruit_is_protected_and_the_holidaymaker_left_alone(detection: Detection) -> None:
    assert found(detection, "silence-after-travel") == {RECRUIT}
    (rescue,) = [f for f in detection.findings if f.typology == "silence-after-travel"]
    assert rescue.warning
    assert "screening" in rescue.advice_en
    assert {c.table for c in rescue.citations} >= {"reports", "movements"}


def test_nothing_else_is_said_of_anybody(detection: Detection) -> None:
    told = {"job-lure", "shared-payer-travel", "compound", "spoofed-ingress", "silence-after-travel"}
    others = {(f.typology, f.subject) for f in detection.findings if f.typology not in told}
    assert {t for t, _ in others} <= {"account-farm"}, others
    assert all("den" in subject for _, subject in others)
