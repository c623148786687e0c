from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cutline.ingest.blocks import read_head
from cutline.ingest.readers.job_posting import JobPosting
from tests.ingest.delivered import DELIVERY, Result, deliver, read_all

READER = JobPosting()


def advert(**said: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": "海外客服",
        "description": "包机票",
        "datePosted": "2026-03-01T08:00:00+08:00",
        "validThrough": "2026-04-01",
        "hiringOrganization": {"@type": "Organization", "identifier": "org-1"},
        "jobLocation": {"address": {"addressCountry": "MM"}},
        "baseSalary": {"currency": "CNY", "value": {"value": 20000, "unitText": "MONTH"}},
        "jobImmediateStart": True,
        "applicationContact": {"telephone": "138 0013 8000", "handle": "chat/boss"},
        "url": "https://Jobs.example/1?x=2",
        "platform": "Jobs",
        "author": "u77",
    } | said


def read(folder: Path, *adverts: Any) -> Result:
    text = "\n".join(a if isinstance(a, str) else json.dumps(a, ensure_ascii=False) for a in adverts)
    file = deliver(folder, "adverts.jsonl", text)
    assert READER.recognises(read_head(file.path))
    return read_all(READER, file)


def test_an_advert_becomes_a_post_and_ties(tmp_path: Path) -> None:
    result = read(tmp_path, advert())
    post = result.tables["posts"].row(0, named=True)
    assert (post["kind"], post["author"], post["platform"]) == ("job_advert", "handle:jobs/u77", "jobs")
    assert (post["title"], post["text"], post["url"]) == ("海外客服", "包机票", "website:jobs.example/1")
    assert (post["price"], post["currency"], post["occurred_at"]) == (2_000_000, "CNY", datetime(2026, 3, 1, tzinfo=UTC))
    kept = json.loads(post["attributes"])
    assert kept["jobImmediateStart"] is True
    assert set(kept) >= {"validThrough", "hiringOrganization", "jobLocation", "applicationContact"}
    assert set(result.tables["ties"].select("a", "relation", "b").rows()) == {
        (a, "mentions", b)
        for a in ("handle:jobs/u77", "organisation:desk/org-1")
        for b in ("phone:+8613800138000", "handle:chat/boss")
    }


@pytest.mark.parametrize(
    ("salary", "price"),
    [
        ({"currency": "CNY", "value": {"value": 100, "unitText": "HOUR"}}, 1_740_000),
        ({"currency": "CNY", "value": {"value": "200.50", "unitText": "day"}}, 436_088),
        ({"currency": "CNY", "value": {"value": 1000, "unitText": "WEEK"}}, 433_333),
        ({"currency": "USD", "value": {"value": 12000, "unitText": "YEAR"}}, 100_000),
        ({"currency": "CNY", "value": {"minValue": 5000, "maxValue": 9000}}, 900_000),
        (8000, 800_000),
        (None, None),
    ],
)
def test_pay_becomes_an_amount_a_month(tmp_path: Path, salary: Any, price: int | None) -> None:
    assert read(tmp_path, advert(baseSalary=salary)).tables["posts"]["price"].to_list() == [price]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"baseSalary": -1}, "baseSalary"),
        ({"baseSalary": {"value": {"value": 1, "unitText": "DECADE"}}}, "unit"),
        ({"baseSalary": 10**35}, "baseSalary"),
        ({"baseSalary": {"currency": "GOLD", "value": 1}}, "baseSalary"),
        ({"datePosted": "9999-01-01"}, "datePosted"),
        ({"datePosted": "yesterday"}, "datePosted"),
        ({"platform": None}, "platform"),
        ({"url": "not a url"}, "url"),
    ],
)
def test_a_bad_advert_is_a_reject_with_its_reason(tmp_path: Path, said: dict[str, Any], field: str) -> None:
    result = read(tmp_path, advert(), advert(**said))
    assert result.rejects.select("row", "field").rows() == [(2, field)]
    assert result.tables["posts"].height == 1
    assert set(result.tables["ties"]["row"]) == {1}


def test_a_contact_that_is_none_is_left_out_of_its_advert(tmp_path: Path) -> None:
    result = read(tmp_path, advert(applicationContact={"telephone": "call me", "handle": "chat/boss"}))
    assert result.partial.select("row", "field", "found").rows() == [(1, "applicationContact", "call me")]
    assert set(result.tables["ties"]["b"]) == {"handle:chat/boss"}


def test_several_contacts_and_none(tmp_path: Path) -> None:
    many = advert(
        applicationContact=[{"telephone": ["13800138000", "13900139000"]}, {"handle": "boss"}], hiringOrganization="firm"
    )
    none = {"@type": "JobPosting", "title": "x"}
    result = read(tmp_path, many, none)
    assert {b for _, b in result.tables["ties"].select("a", "b").rows()} == {
        "phone:+8613800138000",
        "phone:+8613900139000",
        "handle:jobs/boss",
    }
    assert result.tables["posts"]["occurred_at"][1] == datetime(2026, 4, 1, tzinfo=UTC), "undated: when it was delivered"


def test_the_same_advert_is_a_duplicate_and_a_bad_line_a_reject(tmp_path: Path) -> None:
    file = deliver(tmp_path, "a.jsonl", "\n".join([json.dumps(advert())] * 2 + ["{"]), DELIVERY)
    (chunk,) = READER.read(file)
    assert (chunk.read, chunk.keys["key"].n_unique(), chunk.rejects["row"].to_list()) == (3, 1, [3])
