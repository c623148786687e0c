from cutline.model.regions import PROVINCES, region_of


def test_a_code_names_province_and_city():
    found = region_of(" 350205 ")
    assert (found.country, found.province.en, found.province.zh, found.city) == ("CN", "Fujian", "福建省", "350200")
    assert region_of("350205001002").city == "350200"


def test_any_other_text_stands_as_it_is_written():
    found = region_of("Sihanoukville", "KH")
    assert (found.country, found.province.en, found.city) == ("KH", "", "Sihanoukville")
    assert region_of("990205").province.en == ""


def test_all_divisions_of_the_first_level_are_there():
    assert len(PROVINCES) == 34
    assert len({label.zh for label in PROVINCES.values()}) == 34
