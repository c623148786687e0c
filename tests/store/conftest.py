"""A lake of its own for every test of the room."""

import pytest

from cutline.store.lake import Lake


@pytest.fixture
def lake(tmp_path):
    with Lake.open(tmp_path / "ws") as opened:
        yield opened
