import pytest

from cutline.model.officers import same_officer


@pytest.mark.parametrize(
    "spelled",
    [
        "\uff2c\uff49",
        "LI",
        " li ",
        "l\u200bi",
        "li\ufeff",
        "l\u00adi",
        "\u202eli",
        "l i",
        "l\u0456",
        "\u04cfi",
        "l\u2060i",
        "l\u0131",
        "l\ufe0fi",
    ],
)
def test_one_officer_has_many_spellings(spelled):
    assert same_officer("li", spelled)
    assert same_officer(spelled, "li")


@pytest.mark.parametrize("other", ["wang", "li2", "lin", "", "\u674e"])
def test_two_officers_are_two(other):
    assert not same_officer("li", other)
    assert not same_officer("\u674e\u660e", other)
