"""Regions as Chinese records write them: administrative codes of GB/T 2260, whose first digits name province and city."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cutline.model.entities import Label

PROVINCES: dict[str, Label] = {
    "11": Label("Beijing", "北京市"),
    "12": Label("Tianjin", "天津市"),
    "13": Label("Hebei", "河北省"),
    "14": Label("Shanxi", "山西省"),
    "15": Label("Inner Mongolia", "内蒙古自治区"),
    "21": Label("Liaoning", "辽宁省"),
    "22": Label("Jilin", "吉林省"),
    "23": Label("Heilongjiang", "黑龙江省"),
    "31": Label("Shanghai", "上海市"),
    "32": Label("Jiangsu", "江苏省"),
    "33": Label("Zhejiang", "浙江省"),
    "34": Label("Anhui", "安徽省"),
    "35": Label("Fujian", "福建省"),
    "36": Label("Jiangxi", "江西省"),
    "37": Label("Shandong", "山东省"),
    "41": Label("Henan", "河南省"),
    "42": Label("Hubei", "湖北省"),
    "43": Label("Hunan", "湖南省"),
    "44": Label("Guangdong", "广东省"),
    "45": Label("Guangxi", "广西壮族自治区"),
    "46": Label("Hainan", "海南省"),
    "50": Label("Chongqing", "重庆市"),
    "51": Label("Sichuan", "四川省"),
    "52": Label("Guizhou", "贵州省"),
    "53": Label("Yunnan", "云南省"),
    "54": Label("Tibet", "西藏自治区"),
    "61": Label("Shaanxi", "陕西省"),
    "62": Label("Gansu", "甘肃省"),
    "63": Label("Qinghai", "青海省"),
    "64": Label("Ningxia", "宁夏回族自治区"),
    "65": Label("Xinjiang", "新疆维吾尔自治区"),
    "71": Label("Taiwan", "台湾省"),
    "81": Label("Hong Kong", "香港特别行政区"),
    "82": Label("Macao", "澳门特别行政区"),
}
"""Province-level divisions by the first two digits (GB/T 2260-2007)."""

_CODE = re.compile(r"(\d{2})(\d{2})\d{2}(?:\d{6})?")


@dataclass(frozen=True, slots=True)
class Region:
    """A place as far as a record tells: country code, province, city (its code of six digits, or the text as written)."""

    country: str
    province: Label
    city: str


def region_of(text: str, country: str = "CN") -> Region:
    """Read a region: a code of GB/T 2260 gives province and city; any other text stands as the city of an unnamed province.

    >>> region_of("350205").province.en, region_of("350205").city
    ('Fujian', '350200')
    """
    code = _CODE.fullmatch(text.strip())
    if code is None or code[1] not in PROVINCES:
        return Region(country, Label("", ""), text.strip())
    return Region("CN", PROVINCES[code[1]], f"{code[1]}{code[2]}00")
