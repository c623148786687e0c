"""What every kind of identifier keeps, whatever it names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import IdentifierError, UsageError
from cutline.model.entities import ENTITY_KINDS
from cutline.model.identifiers import Context, clean, clean_entity, clean_party, display, entity_id, mask, pseudonym
from cutline.model.identifiers.kinds import KINDS
from tests.model.spellings import HERE, SPELLINGS, garbage

ELSEWHERE = Context("somebody else", platform="")
KEY = b"0123456789abcdef"
KIND_AND_TEXT = st.sampled_from(sorted(SPELLINGS)).flatmap(lambda kind: st.tuples(st.just(kind), SPELLINGS[kind]))
ANY_KIND = st.sampled_from(sorted(ENTITY_KINDS))


def test_every_kind_of_the_vocabulary_has_its_value_type() -> None:
    assert KINDS.keys() == ENTITY_KINDS.keys() == SPELLINGS.keys()


@given(KIND_AND_TEXT)
def test_display_of_an_id_cleans_back_to_it_wherever_it_is_read(case: tuple[str, str]) -> None:
    entity = clean(*case, HERE)
    assert clean(case[0], display(entity), ELSEWHERE) == entity


@given(KIND_AND_TEXT)
def test_an_id_is_its_own_canonical_spelling(case: tuple[str, str]) -> None:
    entity = clean(*case, HERE)
    assert clean_entity(entity, ELSEWHERE) == entity
    assert clean_entity(f"  {entity} ", ELSEWHERE) == entity


@given(ANY_KIND, garbage)
@settings(max_examples=300)
def test_garbage_is_refused_or_becomes_an_id_that_stays_itself(kind: str, text: str) -> None:
    try:
        entity = clean(kind, text, HERE)
    except IdentifierError:
        return
    assert entity.startswith(kind + ":")
    assert entity.isprintable()
    assert clean_entity(entity, ELSEWHERE) == entity
    assert clean(kind, display(entity), ELSEWHERE) == entity
    assert mask(entity).startswith(kind + ":")


@given(st.sampled_from(sorted(set(SPELLINGS) - {"place"})).flatmap(lambda k: st.tuples(st.just(k), SPELLINGS[k])))
def test_a_mask_keeps_kind_and_length_and_reveals_at_most_what_it_states(case: tuple[str, str]) -> None:
    entity = clean(*case, HERE)
    hidden = mask(entity)
    kind = case[0]
    assert hidden.partition(":")[0] == kind
    if kind in ("ip", "item", "transaction") or (kind == "phone" and len(entity.rpartition("/")[2]) <= 6):
        return
    if kind == "website":
        assert set(hidden.partition("/")[2]) == {"*"}
        entity, hidden = (text.partition("/")[0].rpartition(".")[0] for text in (entity, hidden))
    secret, shown = (text.partition(":")[2].rpartition("/")[2] for text in (entity, hidden))
    assert len(shown) == len(secret)
    assert shown.count("*") >= min(4, len(secret))


def test_masks_read_as_people_expect() -> None:
    assert mask("phone:+8613800138000") == "phone:+86138****8000"
    assert mask("phone:cmcc/10086") == "phone:cmcc/10086"
    assert mask("account:CN/ICBK/6222021234567890") == "account:CN/ICBK/6222********7890"
    assert mask("device:imei/356938035643809") == "device:imei/356**********09"
    assert mask("ip:1.2.3.4") == "ip:1.2.*.*"
    assert mask("ip:2001:db8::1").startswith("ip:2001:0db8:****")
    assert mask("website:pay.example.com/login") == "website:pa*********.com/*****"
    assert mask("handle:wechat/li") == "handle:wechat/**"
    assert mask("person:id/9f2c33aa") == "person:id/9f****aa"
    assert mask("place:CN/Fujian") == "place:CN/Fujian"
    assert mask(f"transaction:bitcoin/{'ab' * 32}/7") == f"transaction:bitcoin/ababab{'*' * 54}abab/7"
    assert mask(f"transaction:bitcoin/fees/{'ab' * 32}") == f"transaction:bitcoin/fees/ababab{'*' * 54}abab"


@given(KIND_AND_TEXT, st.binary(min_size=16, max_size=80), st.binary(min_size=16, max_size=80))
def test_a_pseudonym_is_stable_depends_on_the_key_and_tells_nothing_but_the_kind(
    case: tuple[str, str], key: bytes, other: bytes
) -> None:
    entity = clean(*case, HERE)
    name = pseudonym(entity, key)
    assert name == pseudonym(entity, key)
    assert (name == pseudonym(entity, other)) == (key.ljust(64, b"\0") == other.ljust(64, b"\0") or key == other)
    kind, _, letters = name.partition("~")
    assert kind == case[0]
    assert [len(group) for group in letters.split("-")] == [4, 4, 4]


def test_a_guessable_key_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 16"):
        pseudonym("phone:+8613800138000", b"short")


def test_a_deliverer_cannot_pass_its_tokens_for_national_ones() -> None:
    with pytest.raises(UsageError, match="reserved"):
        Context(" ID ")


def test_person_tokens_are_equal_within_their_issuer_unless_national() -> None:
    assert clean("person", "9f2c", Context("icbc")) == "person:icbc/9f2c"
    assert clean("person", "9f2c", Context("icbc")) != clean("person", "9f2c", Context("cmcc"))
    national = [clean("person", " 9f2c", Context(source, national_tokens=True)) for source in ("icbc", "cmcc")]
    assert national == ["person:id/9f2c"] * 2


def test_a_source_with_a_slash_cannot_borrow_another_scope() -> None:
    assert clean("person", "x", Context("id/1")) == "person:id%2F1/x"


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("ICBK/6222 0212 3456 7890", "account:CN/ICBK/6222021234567890"),
        ("ICBKCNBJXXX/6222021234567890", "account:CN/ICBK/6222021234567890"),
        ("account:ICBK/6222021234567890", "account:CN/ICBK/6222021234567890"),
        ("CH93 0076 2011 6238 5295 7", "account:IBAN/CH9300762011623852957"),
        ("0021 1234 5678 9012", "ecny_wallet:0021123456789012"),
        ("W-7788", "ecny_wallet:W-7788"),
        ("w1", "ecny_wallet:w1"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "address:tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ("tron/0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "address:tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "address:evm/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("person:id/77aa", "person:id/77aa"),
    ],
)
def test_a_party_is_whatever_its_spelling_says(text: str, entity: str) -> None:
    assert clean_party(text, HERE) == entity


@pytest.mark.parametrize("text", ["TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "CH93 0076 2011 6238 5295 8", "?", "", "ICBK/"])
def test_a_party_with_a_wrong_checksum_never_becomes_a_wallet(text: str) -> None:
    with pytest.raises(IdentifierError):
        clean_party(text, HERE)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("account:ICBKCNBJ/6222 0212 3456 7890", "account:CN/ICBK/6222021234567890"),
        ("phone:13800138000", "phone:+8613800138000"),
        ("device:imei/35-693803-564380-9", "device:imei/356938035643809"),
        ("subscriber:imsi/460001234567890", "subscriber:imsi/460001234567890"),
        ("address:bsc/0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "address:evm/0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("place:cn/Fujian", "place:CN/Fujian"),
    ],
)
def test_ids_in_lists_are_cleaned_like_everything_else(text: str, entity: str) -> None:
    assert clean_entity(text, HERE) == entity


@pytest.mark.parametrize("text", ["", "nothing", "spaceship:1", "device:imei/356938035643808", "person:cmcc/"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        clean_entity(text, HERE)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(IdentifierError, match="spaceship"):
        clean("spaceship", "1", HERE)


def test_entity_id_joins() -> None:
    assert entity_id("ip", "1.2.3.4") == "ip:1.2.3.4"
