from __future__ import annotations

from pathlib import Path

import pytest

from cutline.errors import SourceError, UnknownFormatError, UsageError
from cutline.ingest.readers import READERS
from cutline.ingest.recognise import recognise
from tests.ingest.delivered import deliver, read_all
from tests.ingest.samples import SAMPLES


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@pytest.mark.parametrize("name", ["x.txt", "cdr-2026-03-01.csv.gz"])
def test_a_tabular_file_is_known_by_its_columns_whatever_it_is_called(kind: str, name: str, tmp_path: Path) -> None:
    file = deliver(tmp_path, name, SAMPLES[kind])
    assert recognise(file).kind == kind
    assert [reader.kind for reader in READERS if reader.kind == kind] == [kind]


def test_an_unknown_header_is_told_with_the_nearest_kind_and_what_it_lacks(tmp_path: Path) -> None:
    header = SAMPLES["cdr"].split("\n", 1)[0].replace(",start,", ",begin,")
    file = deliver(tmp_path, "a.csv", header + "\n")
    with pytest.raises(UnknownFormatError, match=r"begin.*the nearest is cdr, which lacks start.*mapping"):
        recognise(file)
    with pytest.raises(UnknownFormatError, match="the columns apples, pears"):
        recognise(deliver(tmp_path, "b.csv", "apples,pears\n1,2\n"))
    with pytest.raises(UnknownFormatError, match="persons, of which too few"):
        recognise(deliver(tmp_path, "c.csv", "person,direction\n1,out\n"))
    with pytest.raises(UnknownFormatError, match="binary"):
        recognise(deliver(tmp_path, "d.csv", bytes(range(256)) * 20))
    with pytest.raises(SourceError, match="an empty file"):
        recognise(deliver(tmp_path, "e.csv", b""))


def test_persons_have_one_column_that_is_needed(tmp_path: Path) -> None:
    assert recognise(deliver(tmp_path, "a.csv", "person\nh1\n")).kind == "persons"
    assert recognise(deliver(tmp_path, "b.csv", "person,shelf\nh1,3\n")).kind == "persons"
    with pytest.raises(UnknownFormatError, match=r"the nearest is border_crossings, which lacks"):
        recognise(deliver(tmp_path, "c.csv", "person,time,port,country\nh1,2026-03-01T08:00:00+08:00,SZ,KH\n"))


def test_the_user_may_name_the_kind_or_a_mapping(tmp_path: Path) -> None:
    file = deliver(tmp_path, "a.csv", "person\nh1\n")
    assert recognise(file, as_kind="persons").kind == "persons"
    with pytest.raises(SourceError, match="no column record_id, type"):
        read_all(recognise(file, as_kind="cdr"), file)
    with pytest.raises(UsageError, match=r"no kind 'moon'; expected one of .*bank_transfers"):
        recognise(file, as_kind="moon")
    page = tmp_path / "m.yaml"
    page.write_text("kind: persons\ncolumns: {person: person}\n")
    assert recognise(file, mapping=page).kind == "persons"
    with pytest.raises(UsageError, match="exclude"):
        recognise(file, as_kind="persons", mapping=page)


@pytest.mark.parametrize(
    "content",
    [
        "13800138000,2026-03-01T08:00:00+08:00,h1\n",
        '[{"phone": "13800138000"}]\n',
        '{"phone": "13800138000"}\n',
        '{"phone": 13800138000,\n',
        "13800138000\n",
        "Call me: 13800138000",
    ],
)
def test_what_stands_in_an_unknown_file_is_never_repeated(content: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError) as error:
        recognise(deliver(tmp_path, "a.csv", content))
    assert "13800138000" not in str(error.value)
