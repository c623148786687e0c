from datetime import UTC, date, datetime

import pytest

from cutline.tracing import wallets
from cutline.tracing.wallets import limits_of

NOW = datetime(2026, 3, 10, tzinfo=UTC)


def test_the_tiers_that_every_operator_keeps():
    found = {tier: limits_of(tier, "organisation:ecny-centre/ICBK", NOW) for tier in ("I", "II", "III", "IV")}
    told = {tier: (x.balance_minor, x.single_minor, x.day_minor) for tier, x in found.items() if x}
    assert told == {
        "I": (None, None, None),
        "II": (50_000_000, 5_000_000, 10_000_000),
        "III": (2_000_000, 500_000, 1_000_000),
        "IV": (1_000_000, 200_000, 500_000),
    }
    assert all(x and x.source for x in found.values())


def test_before_the_first_rule_and_for_an_unknown_tier_nothing_is_said():
    assert limits_of("IV", "", datetime(2020, 1, 1, tzinfo=UTC)) is None
    assert limits_of("V", "", NOW) is None


@pytest.fixture
def ruled(tmp_path, monkeypatch):
    rules = tmp_path / "tiers.yaml"
    tier = "  tiers: {IV: {balance: %s, single: null, day: null}}\n"
    entries = [
        ("", "2021-07-16", 10_000),
        ("", "2025-01-01", 12_000),
        ("ICBK", "2024-01-01", 8_000),
        ("ICBK", "2027-01-01", 9_000),
    ]
    rules.write_text("".join(f"- operator: '{o}'\n  from: {d}\n  source: test\n{tier % b}" for o, d, b in entries))
    monkeypatch.setattr(wallets, "LIMITS", rules)
    wallets._known.cache_clear()
    yield
    wallets._known.cache_clear()


@pytest.mark.parametrize(
    ("operator", "year", "balance", "since"),
    [
        ("organisation:ecny-centre/ICBK", 2026, 8_000, date(2024, 1, 1)),
        ("organisation:ecny-centre/ICBK", 2028, 9_000, date(2027, 1, 1)),
        ("organisation:ecny-centre/ICBK", 2022, 10_000, date(2021, 7, 16)),
        ("organisation:ecny-centre/ABOC", 2026, 12_000, date(2025, 1, 1)),
        ("", 2022, 10_000, date(2021, 7, 16)),
    ],
)
def test_the_operators_own_rule_in_force_counts_first(ruled, operator, year, balance, since):
    found = limits_of("IV", operator, datetime(year, 6, 1, tzinfo=UTC))
    assert (found.balance_minor, found.since) == (balance * 100, since)
