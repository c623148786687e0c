"""A typology with a fault is refused, and the error points at the place and says what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutline.errors import TypologyError, TypologyMeaningError, TypologySyntaxError, UsageError
from cutline.model.tables import PROTECTED_ATTRIBUTES, RELATIONS
from cutline.typologies.catalogue import load_catalogue
from cutline.typologies.vocabulary import LINKS

GOOD = """id: x
title: {en: t, zh: t}
flow: money
subject: account
reason: {en: "{count(transfers.in, 48h)} rows", zh: r}
basis: b
source: ours
traps: [t]
tests: {}
when:
  - count(transfers.in, 48h) > 3
"""


def fault(tmp_path: Path, text: str) -> TypologyError:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(TypologyError) as caught:
        load_catalogue(tmp_path)
    return caught.value


EXPRESSIONS = {
    "count(transfers.inn, 48h) > 3": (5, "did you mean 'in'"),
    "sum(transfers.in.vale, 48h) > 3 CNY": (5, "did you mean 'value'"),
    "sum(transfers.in.amount, 48h) > 3 CNY": (5, "mixes assets"),
    "sum(transfers.in.amount[asset = 'USD'], 48h) > 3 CNY": (5, "money in USD"),
    "sum(transfers.in.value, 48h) > 3": (5, "the same unit"),
    "count(transfers.in) > 3": (5, "no window"),
    "count(transfers.in, 48h) > 3 QQQ": (32, "currency"),
    "count(transfers.in[chanel = 'qr'], 48h) > 3": (24, "did you mean 'channel'"),
    "count(transfers.in[channel = 'qrr'], 48h) > 3": (34, "did you mean 'qr'"),
    "count(transfers.in[amount > 100 CNY], 48h) > 3": (24, "value"),
    "count(transfers.in[purpose = 'x'], 48h) > 3": (24, "text or a time"),
    "count(sesions, 48h) > 3": (5, "one of:"),
    "distinct(transfers.in.payer, 48h)": (5, "a condition"),
    "sum(transfers.in.payer_balance_after[asset = 'CNY'], 48h) > 1 CNY": (5, "balance"),
    "count(transfers.in, 48h >= 3": (29, "')'"),
    "cuont(transfers.in, 48h) >= 3": (5, "did you mean 'count'"),
    "count(contacts.in, 48h via phon) >= 3": (5, "did you mean 'phone'"),
    "distinct(transfers.in.payer, 48h by terminl) >= 3": (5, "did you mean 'terminal'"),
    "distinct(contacts.in.source, 48h via phone by medium) >= 3": (5, "beside a tie"),
    "fact(subject, 'clas') = 'I'": (5, "did you mean 'class'"),
    "fact(subject, 'class') = 'IV'": (30, "never 'IV'"),
    "fact(subject, 'class')": (5, "a condition"),
    "fact(payer, 'class') = 'I'": (5, "fact(subject, …)"),
    "age(subject) < 3": (5, "the same unit"),
    "tied(payee, 'owner')": (5, "inside a filter"),
    "count(transfers.in[tied(payer, 'famly')], 48h) > 3": (24, "did you mean 'family'"),
    "count(transfers.in[tied(channel, 'family')], 48h) > 3": (24, "an entity column"),
    "count(transfers.in[age(amount) > 3d], 48h) > 3": (24, "an entity column"),
    "count(transfers.in[met(payee, 5d)], 48h) > 3": (28, "met(payer, …)"),
    "count(transfers.in[met(channel, 5d)], 48h) > 3": (28, "an entity column"),
    "count(transfers.in[met(subject, 5d)], 48h) > 3": (28, "names an entity"),
    "count(transfers.in[met(payer, 0d)], 48h) > 3": (28, "as in met(payee, 30d)"),
    "count(transfers.in[met(payer, 40000d)], 48h) > 3": (35, "a hundred years"),
    "count(ties.in[met(a, 5d)], 48h) > 3": (23, "contacts or of transfers"),
    "met(payer, 5d)": (9, "inside a filter"),
    "active(ties.out, 3d) > 1": (5, "what holds now"),
    "active(transfers.in) > 1": (5, "what holds now"),
    "p0(transfers.in.value, 3d) > 1 CNY": (5, "no aggregate"),
    "count(transfers.in, 3d) > peers(q90, count(transfers.in, 3d))": (37, "a percentile"),
    "count(transfers.in, 3d) > peers(p90, 3)": (37, "a measure of the subject's own rows"),
    "count(transfers.in, 3d) > peers(p90, count(transfers.in, 3d), same clas)": (72, "did you mean 'class'"),
    "count(transfers.in, 48h) > 1 AND count(transfers.out, 48h) > 1": (34, "found 'AND'"),
    "count(transfers.in, 48h) > 1 xor 2": (34, "found 'xor'"),
    f"count(transfers.in, 48h) > {'9' * 40}": (32, "at most 30 digits"),
    f"sum(transfers.in.value, 48h) > {'9' * 40} CNY": (36, "at most 30 digits"),
    "__import__('os').system('true')": (5, "found '_'"),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_with_a_fault_is_shown_at_its_place(tmp_path: Path, text: str) -> None:
    column, expected = EXPRESSIONS[text]
    error = fault(tmp_path, f"{GOOD}  - {text}\n")
    assert str(error).startswith(f"x.yaml:12:{column}: ")
    assert expected in str(error)
    assert text in str(error)


NEVER = {
    "share(transfers.in[channel = 'qr'], 48h) >= 80": (49, "did you mean 80 %"),
    "share(transfers.in[channel = 'qr'], 48h) > 100 %": (48, "never holds"),
    "count(transfers.in, 48h) < 0": (32, "never holds"),
    "count(transfers.in, 48h) between 5 .. 2": (43, "a smaller number first"),
    "count(transfers.in[hour between 22 .. 6], 48h) > 3": (43, "a smaller number first"),
    "count(transfers.in, 48h) > 5 and count(transfers.in, 48h) < 5": (65, "never holds"),
    "count(transfers.in, 48h) / 0 >= 3": (32, "division by zero"),
    "sum(transfers.in.value, 48h) / (1 - 1) >= 3 CNY": (37, "division by zero"),
}


@pytest.mark.parametrize("text", NEVER)
def test_what_can_never_hold_is_shown_at_its_place(tmp_path: Path, text: str) -> None:
    column, expected = NEVER[text]
    error = fault(tmp_path, f"{GOOD}  - {text}\n")
    assert str(error).startswith(f"x.yaml:12:{column}: ")
    assert expected in str(error)


def test_what_may_hold_is_no_fault(tmp_path: Path) -> None:
    parts = (
        *("share(transfers.in[channel = 'qr'], 48h) >= 100 %", "count(transfers.in, 48h) between 2 .. 2"),
        *("count(transfers.in, 48h) - 5 <= -2", "count(transfers.in[hour > 22 or hour < 6], 48h) <= 0"),
        "tag(subject, 'a') and tag(subject, 'b') and 1 / (count(transfers.in, 48h) - 3) < 0",
    )
    (tmp_path / "x.yaml").write_text(GOOD + "".join(f"  - {part}\n" for part in parts))
    load_catalogue(tmp_path)


@pytest.mark.parametrize(
    "reason", ["{count(transfers.in, 48h) rows", "{} rows", "rows} in all", "{{count(transfers.in, 48h)}}"]
)
def test_a_brace_without_its_pair_is_shown_at_its_place(tmp_path: Path, reason: str) -> None:
    error = fault(tmp_path, GOOD.replace("{count(transfers.in, 48h)} rows", reason))
    assert error.place.line == 5
    assert error.place.column == 15 + (4 if reason[0] == "r" else 0)
    assert "without its pair" in str(error)


@pytest.mark.parametrize("attribute", sorted(PROTECTED_ATTRIBUTES))
def test_a_protected_attribute_is_refused(tmp_path: Path, attribute: str) -> None:
    error = fault(tmp_path, f"{GOOD}  - count(transfers.in[{attribute} = 'x'], 48h) > 3\n")
    assert isinstance(error, TypologyMeaningError)
    assert "protected" in str(error)


@pytest.mark.parametrize("attribute", sorted(PROTECTED_ATTRIBUTES))
def test_a_protected_fact_is_refused(tmp_path: Path, attribute: str) -> None:
    for text in (f"fact(subject, '{attribute}') = 'x'", f"count(transfers.in[fact(payer, '{attribute}') = 'x'], 48h) > 3"):
        assert "protected" in str(fault(tmp_path, f"{GOOD}  - {text}\n"))


@pytest.mark.parametrize("attribute", sorted(PROTECTED_ATTRIBUTES))
def test_a_protected_attribute_is_refused_as_a_tag(tmp_path: Path, attribute: str) -> None:
    for tag in (attribute, f"{attribute}:MM", f"{attribute.upper()}=MM", f"list:{attribute}:MM", f"{attribute}_mm"):
        for text in (f"tag(subject, '{tag}')", f"count(transfers.in[tag(payer, '{tag}')], 48h) > 3"):
            assert "protected" in str(fault(tmp_path, f"{GOOD}  - {text}\n"))
    assert "protected" in str(fault(tmp_path, f"{GOOD}unless: tag(subject, '{attribute}:MM')\n"))
    (tmp_path / "x.yaml").write_text(f"{GOOD}unless: tag(subject, 'regional_bank')\n")
    load_catalogue(tmp_path)


@pytest.mark.parametrize(
    "filtered",
    [
        "relation = 'located_in' and b_abroad",
        "relation = 'located_in'",
        "not relation != 'located_in'",
        "relation in ('uses', 'located_in')",
        "b_kind = 'place'",
        "b_abroad",
    ],
)
@pytest.mark.parametrize("subject", ["person", "payer"])
def test_where_a_person_lives_is_no_sign(tmp_path: Path, subject: str, filtered: str) -> None:
    text = GOOD.replace("subject: account", f"subject: {subject}").replace("transfers.in", "movements")
    error = fault(tmp_path, f"{text}  - count(ties.out[{filtered}], 30d) >= 1\n")
    assert error.place.line == 12
    assert "person" in str(error)


def test_where_an_owner_lives_is_no_sign_but_where_a_device_is_may_be_asked(tmp_path: Path) -> None:
    located = "count(ties.out[relation = 'located_in' and b_abroad], 30d{}) >= 1"
    assert "lives" in str(fault(tmp_path, f"{GOOD}  - {located.format(' via owner')}\n"))
    assert "lives" in str(fault(tmp_path, f"{GOOD}  - count(transfers.in[tied(payer, 'located_in')], 48h) > 3\n"))
    text = GOOD.replace("subject: account", "subject: device").replace("transfers.in", "sessions")
    (tmp_path / "x.yaml").write_text(f"{text}  - {located.format('')}\n")
    load_catalogue(tmp_path)


def test_a_protected_column_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("subject: account", "subject: person").replace("transfers.in", "reports.about")
    assert "protected" in str(fault(tmp_path, f"{text}  - count(reports.about[region = 'x'], 48h) > 3\n"))


DOCUMENTS = {
    "when:\n  -": ("whem:\n  -", "x.yaml:10:1", "did you mean 'when'"),
    "subject: account": ("subject: acount", "x.yaml:4:10", "did you mean 'account'"),
    "flow: money": ("flow: monye", "x.yaml:3:7", "did you mean 'money'"),
    "basis: b\n": ("", "x.yaml:1:1", "'basis'"),
    "id: x": ("id: y", "x.yaml:1:5", "file's name"),
    "title: {en: t, zh: t}": ("title: {en: t}", "x.yaml:2:8", "zh"),
    "source: ours": ("source: ours\nsource: ours", "x.yaml:8:1", "once"),
    "traps: [t]": ("traps: [t", "x.yaml:9:6", "valid YAML"),
    "tests: {}": ("tests: {}\nevery: 1min", "x.yaml:10:8", "at least 1h"),
    "flow: money\nsubject": ("flow: money\nevery: daily\nsubject", "x.yaml:4:8", "a duration"),
    'reason: {en: "{count(transfers.in, 48h)} rows"': (
        'reason: {en: "{count(transfers.inn, 48h)} rows"',
        "x.yaml:5:16",
        "did you mean 'in'",
    ),
    "{count(transfers.in, 48h)} rows": ("{count(transfers.in, 48h):money} rows", "x.yaml:5:16", "number"),
    "count(transfers.in, 48h)} rows": (
        "sum(transfers.in.value, 48h):coin|coins} rows",
        "x.yaml:5:16",
        "money in CNY written as number",
    ),
    '48h)} rows", zh: r': ('48h)} rows", zh: "{count(transfers.in, 48h):a|b}"', "x.yaml:5:79", "the format 'a|b'"),
}


@pytest.mark.parametrize("before", DOCUMENTS)
def test_a_document_with_a_fault_is_shown_at_its_place(tmp_path: Path, before: str) -> None:
    after, place, expected = DOCUMENTS[before]
    assert before in GOOD
    error = fault(tmp_path, GOOD.replace(before, after))
    assert str(error).startswith(place)
    assert expected in str(error)


SHAPES = ["[a, b]", "{a: b}", "", "[]", "[[a]]", "{all: []}", "{en: [x], zh: y}", "{en: x, zh: y, en: z}", "{[a]: b}", "'x"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("key", [line.partition(":")[0] for line in GOOD.splitlines()[:-2]])
def test_what_stands_under_a_key_in_a_wrong_shape_is_shown_on_its_line(tmp_path: Path, key: str, shape: str) -> None:
    if (key, shape) in {("traps", "[a, b]"), ("tests", "{all: []}")}:
        return
    lines = GOOD.splitlines()[:-2]
    place = next(n for n, line in enumerate(lines) if line.startswith(key))
    lines[place] = f"{key}: {shape}"
    error = fault(tmp_path, "\n".join([*lines, "when: ['count(transfers.in, 48h) > 3']"]) + "\n")
    assert error.place.line == place + 1 or shape == "'x"


STEPS = {
    "- a: contacts A -> B\n  - b: transfers B -> C, within 2h after a": "fits no kind",
    "- a: transfers A -> B\n  - b: transfers B -> *": "within <duration> after a",
    "- a: transfers A -> B\n  - b: transfers C -> D, within 2h after a": "A or B of 'a'",
    "- a: sessions A -> B\n  - b: transfers B -> C, within 2h after a": "leads nowhere",
    "- a: transfers A -> B": "fewer than two",
}


@pytest.mark.parametrize("steps", STEPS)
def test_steps_that_do_not_hang_together_are_refused(tmp_path: Path, steps: str) -> None:
    assert STEPS[steps] in str(fault(tmp_path, f"{GOOD}steps:\n  {steps}\n"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TypologySyntaxError, match="UTF-8"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    "text", ["not " * 5000 + "count(transfers.in, 48h) > 3", "(" * 3000, "-" * 900 + "1 > 3", "1 + " * 400 + "1 > 3"]
)
def test_a_nest_without_end_is_refused(tmp_path: Path, text: str) -> None:
    assert isinstance(fault(tmp_path, f"{GOOD}  - {text}\n"), TypologyError)


ENDLESS = {
    "count(transfers.in, 99999999999999999999d) > 3": 25,
    "count(transfers.in, 2d before 99999999999999999999d) > 3": 35,
    "last_gap(transfers.in, 2d) > 99999999999999999999h": 34,
}


@pytest.mark.parametrize("text", ENDLESS)
def test_a_duration_beyond_any_records_is_shown_at_its_place(tmp_path: Path, text: str) -> None:
    error = fault(tmp_path, f"{GOOD}  - {text}\n")
    assert str(error).startswith(f"x.yaml:12:{ENDLESS[text]}: ")
    assert "hundred years" in str(error)
    assert "hundred years" in str(fault(tmp_path, f"{GOOD}hold: 99999999999999999999d\n"))


@pytest.mark.parametrize("depth", [30, 300, 5000])
def test_lists_inside_lists_without_end_are_refused(tmp_path: Path, depth: int) -> None:
    error = fault(tmp_path, GOOD.replace("tests: {}", f"tests: {'[' * depth}{']' * depth}"))
    assert isinstance(error, TypologySyntaxError)
    assert error.place.line == 9
    assert "nested" in str(error)


def test_references_inside_yaml_are_refused(tmp_path: Path) -> None:
    bomb = GOOD.replace("traps: [t]", "traps: &a [t]") + "unless: *a\n"
    assert "reference" in str(fault(tmp_path, bomb))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_catalogue(tmp_path / "nowhere")


def test_the_version_follows_the_meaning_not_the_layout(tmp_path: Path) -> None:
    versions = []
    for text in (GOOD, "# a remark\n" + GOOD, GOOD.replace("tests: {}", "tests: {hit: {}}"), GOOD.replace("> 3", "> 4")):
        (tmp_path / "x.yaml").write_text(text)
        versions.append(load_catalogue(tmp_path)["x"].version)
    assert versions[0] == versions[1] == versions[2] != versions[3]


def test_ties_to_follow_are_relations_of_the_vocabulary() -> None:
    assert all(r in RELATIONS for link in LINKS.values() for r in link.relations)


def test_a_hold_of_no_time_is_no_hold(tmp_path: Path) -> None:
    error = fault(tmp_path, f"{GOOD}hold: 0h\n")
    assert str(error).startswith("x.yaml:12:7: '0h'; expected a time longer than none")


def test_a_control_character_is_shown_where_it_stands(tmp_path: Path) -> None:
    error = fault(tmp_path, GOOD.replace("basis: b", "basis: b\x07b"))
    assert str(error).startswith("x.yaml:6:9: the character U+0007; expected text without control characters")
