from lxml import html

from cutline.report.located import draw_located


def test_each_rail_says_what_ended_there_and_what_of_it_was_found():
    told = [
        {"rail": "all", "how": "cash", "reports": 39, "value": 452430.4, "located": 1.0},
        {"rail": "tron", "how": "exchange", "reports": 1, "value": 0.4, "located": 0.0254},
        {"rail": "<b>", "how": "lost", "reports": 1, "value": 1.0, "located": 0.5},
    ]
    drawn = draw_located(told, "CNY")
    rows = [[cell.text_content() for cell in row.xpath("td")] for row in html.fromstring(drawn).xpath("//tbody/tr")]
    assert rows == [
        ["all 合计", "cash 取现", "39", "452,430 CNY", "100.0%"],
        ["tron", "exchange 交易所", "1", "0 CNY", "2.5%"],
        ["<b>", "lost", "1", "1 CNY", "50.0%"],
    ]


def test_without_a_truth_nothing_is_said():
    assert draw_located((), "CNY") == ""
