"""What a record can be about: the fifteen kinds of entity, and the flows they move in."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Flow(StrEnum):
    """The three flows that investigators speak of, and what surrounds them."""

    INFORMATION = "information"
    MONEY = "money"
    PEOPLE = "people"
    IDENTITY = "identity"
    REPORTS = "reports"
    LISTS = "lists"
    QUERYING = "querying"


class Label(NamedTuple):
    """A name in the two languages of the users."""

    en: str
    zh: str


ENTITY_KINDS: dict[str, Label] = {
    "person": Label("person", "人员"),
    "organisation": Label("organisation", "机构"),
    "phone": Label("phone number", "电话号码"),
    "subscriber": Label("SIM card", "电话卡"),
    "device": Label("device", "设备"),
    "account": Label("bank account", "银行账户"),
    "ecny_wallet": Label("digital-yuan wallet", "数字人民币钱包"),
    "address": Label("chain address", "链上地址"),
    "handle": Label("internet account", "网络账号"),
    "website": Label("website", "网站"),
    "ip": Label("IP address", "IP地址"),
    "cell": Label("cell", "基站小区"),
    "place": Label("place", "地点"),
    "item": Label("item", "物品"),
    "transaction": Label("chain transaction", "链上交易"),
}

ROLES: dict[str, Label] = {
    "organiser": Label("organiser", "组织者"),
    "recruiter": Label("recruiter", "招募者"),
    "card_farmer": Label("card farmer", "养卡人"),
    "card_dealer": Label("card dealer", "卡商"),
    "sim_box_keeper": Label("SIM-box keeper", "GOIP设备窝点"),
    "caller": Label("caller", "话务员"),
    "technician": Label("technician", "技术人员"),
    "promoter": Label("promoter", "引流推广"),
    "mule": Label("mule", "车手/卡农"),
    "launderer": Label("launderer", "水房"),
    "otc_merchant": Label("OTC merchant", "场外币商"),
    "smuggler": Label("smuggler", "蛇头"),
    "supplier": Label("supplier", "黑灰产供应商"),
}

ACTIONS: dict[str, Label] = {
    "warn": Label("warn", "预警劝阻"),
    "screen": Label("screen for coercion", "受害筛查"),
    "limit": Label("limit", "限制功能"),
    "suspend": Label("suspend", "暂停服务"),
    "close": Label("close", "关停"),
    "stop": Label("stop payment", "紧急止付"),
    "freeze": Label("freeze", "冻结"),
    "exit_control": Label("exit control", "限制出境"),
}

GRADES: dict[str, Label] = {
    "high": Label("visit at once", "当面劝阻"),
    "middle": Label("call", "电话劝阻"),
    "low": Label("send a message", "短信提示"),
}
"""How urgently a potential victim is warned, and how (Anti-Telecom and Online Fraud Law, art. 34)."""


INTERMEDIATE = "transaction"
"""The kind that value only passes: nobody holds it, so that it is never a suspect, a subject or a member of a ring."""


def kind_of(entity: str) -> str:
    """Give the kind in an entity's id: `phone` of `phone:+8613800138000`."""
    return entity.split(":", 1)[0]
