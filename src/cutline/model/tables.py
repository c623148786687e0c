"""The lake's tables: columns, units, keys and protected marks, as data (`design.md` §1).

Every event table has the common columns of `COMMON` beside its own. An entity column holds ids (`kind:canonical`); an amount is
an integer in the asset's smallest unit; a time is UTC in microseconds. Empty (null) means unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cutline.model.entities import ENTITY_KINDS, INTERMEDIATE, Flow, Label


class Unit(StrEnum):
    """What a column's values are, which decides what may be done with them."""

    ENTITY = "entity"
    TIME = "time"
    DURATION = "duration"
    MINOR = "minor"
    MONEY = "money"
    DECIMAL = "decimal"
    CATEGORY = "category"
    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its unit, its labels, and whether a row can do without it."""

    name: str
    unit: Unit
    label: Label
    required: bool = False
    kinds: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the lake: which flow it belongs to, its columns, and what makes a row one row."""

    name: str
    flow: Flow
    label: Label
    columns: tuple[Column, ...]
    merge: str = ""

    def __getitem__(self, name: str) -> Column:
        for column in (*COMMON, *self.columns):
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in lake order: the common ones first."""
        return tuple(c.name for c in (*COMMON, *self.columns))

    @property
    def entity_columns(self) -> tuple[str, ...]:
        """The columns that name entities."""
        return tuple(c.name for c in self.columns if c.unit is Unit.ENTITY)


def _entity(name: str, en: str, zh: str, *kinds: str, required: bool = False) -> Column:
    return Column(name, Unit.ENTITY, Label(en, zh), required, kinds)


def _category(name: str, en: str, zh: str, *values: str, required: bool = False) -> Column:
    return Column(name, Unit.CATEGORY, Label(en, zh), required, (), values)


def _column(name: str, unit: Unit, en: str, zh: str, required: bool = False) -> Column:
    return Column(name, unit, Label(en, zh), required)


HOLDERS = ("account", "ecny_wallet", "address")
CURRENCY = _category("currency", "currency", "币种")

COMMON: tuple[Column, ...] = (
    _column("event_id", Unit.TEXT, "event id: the source's own id, or a hash of the row's content", "事件编号", True),
    _column("deliverer", Unit.CATEGORY, "institution that delivered the row", "来源机构", True),
    _column("occurred_at", Unit.TIME, "when it happened", "发生时间", True),
    _column("known_at", Unit.TIME, "when we could know it", "知悉时间", True),
    _column("batch", Unit.TEXT, "batch that brought the row", "批次", True),
    _column("row", Unit.NUMBER, "row in the source file, from 1 after the header", "源文件行号", True),
)

CONTACTS = Table(
    "contacts",
    Flow.INFORMATION,
    Label("contacts", "通联"),
    (
        _entity("source", "caller or sender", "主叫/发送方", "phone", "handle", required=True),
        _entity("target", "callee or recipient", "被叫/接收方", "phone", "handle", required=True),
        _category("medium", "medium", "方式", "call", "sms", "message", "voice", "video_call", "file", required=True),
        _category("platform", "platform", "平台"),
        _column("duration_s", Unit.DURATION, "duration in seconds", "时长(秒)"),
        _entity("source_device", "device of the source", "主叫设备", "device"),
        _entity("target_device", "device of the target", "被叫设备", "device"),
        _entity("source_subscriber", "SIM card of the source", "主叫电话卡", "subscriber"),
        _entity("target_subscriber", "SIM card of the target", "被叫电话卡", "subscriber"),
        _entity("source_first_cell", "source's first cell", "主叫起始小区", "cell"),
        _entity("source_last_cell", "source's last cell", "主叫结束小区", "cell"),
        _entity("target_first_cell", "target's first cell", "被叫起始小区", "cell"),
        _entity("target_last_cell", "target's last cell", "被叫结束小区", "cell"),
        _category("trunk", "trunk", "中继"),
        _category("direction", "direction as the source wrote it", "方向", "mo", "mt"),
        _category("roaming_country", "country roamed in", "漫游国家"),
        _category("release_cause", "release cause", "释放原因"),
        _column("text", Unit.TEXT, "text", "内容"),
    ),
    merge="calls",
)

POSTS = Table(
    "posts",
    Flow.INFORMATION,
    Label("posts", "发布"),
    (
        _entity("author", "author", "发布者", "handle", "organisation"),
        _category("audience", "audience", "受众"),
        _category("kind", "kind", "类型", "job_advert", "listing", "page", "group_message", required=True),
        _category("platform", "platform", "平台"),
        _column("title", Unit.TEXT, "title", "标题"),
        _column("text", Unit.TEXT, "text", "正文"),
        _entity("url", "website", "网址", "website"),
        _entity("item", "item", "物品", "item"),
        _column("price", Unit.MINOR, "price in the currency's smallest unit", "价格"),
        CURRENCY,
        _entity("creator", "creator", "创作者", "organisation", "person", "address", "handle"),
        _entity("issuer", "issuer", "发行方", "organisation", "person", "address", "handle"),
        _column("attributes", Unit.TEXT, "further attributes as JSON", "其他属性"),
    ),
)

SESSIONS = Table(
    "sessions",
    Flow.INFORMATION,
    Label("log-ins", "登录"),
    (
        _entity("handle", "internet account", "账号", "handle", required=True),
        _entity("device", "device", "设备", "device"),
        _entity("ip", "IP address", "IP地址", "ip"),
        _entity("place", "place of the IP", "地点", "place"),
        _category("identity_check", "identity check", "身份核验", "passed", "failed"),
    ),
)

TRANSFERS = Table(
    "transfers",
    Flow.MONEY,
    Label("transfers", "转账"),
    (
        _entity("payer", "payer", "付款方", *HOLDERS, INTERMEDIATE, required=True),
        _entity("payee", "payee", "收款方", *HOLDERS, INTERMEDIATE, required=True),
        _column("amount", Unit.MINOR, "amount in the asset's smallest unit", "金额", True),
        _category("asset", "asset: ISO 4217, <chain>/<contract> or <chain>/native", "资产", required=True),
        _category("rail", "rail", "通道", "bank", "code", "ecny", "chain", required=True),
        _column("transaction_id", Unit.TEXT, "UETR, EndToEndId or transaction hash shared by sightings", "交易号"),
        _column("leg", Unit.NUMBER, "position inside the transaction", "分笔序号"),
        _category("channel", "channel", "渠道", "mobile", "web", "counter", "atm", "pos", "payroll", "qr"),
        _column("purpose", Unit.TEXT, "purpose", "附言"),
        _column("payer_balance_after", Unit.MINOR, "payer's balance after", "付款方余额"),
        _column("payee_balance_after", Unit.MINOR, "payee's balance after", "收款方余额"),
        _entity("device", "device", "设备", "device"),
        _entity("ip", "IP address", "IP地址", "ip"),
        _column("terminal", Unit.CATEGORY, "terminal or payment code", "终端/收款码"),
        _column("remote_session", Unit.FLAG, "remote session during the payment", "远程控制"),
        _category("identity_check", "identity check", "身份核验", "passed", "failed"),
        _category("precision", "how exactly the time is known", "时间精度", "exact", "day"),
    ),
    merge="transfers",
)

ORDERS = Table(
    "orders",
    Flow.MONEY,
    Label("desk orders", "场外订单"),
    (
        _entity("user", "user", "用户", "person"),
        _entity("account", "user's bank account", "银行账户", "account"),
        _entity("address", "user's address", "链上地址", "address"),
        _entity("holder", "desk or exchange", "机构", "organisation"),
        _category("side", "side", "方向", "buy", "sell", required=True),
        _category("asset", "asset", "资产", required=True),
        _column("amount", Unit.MINOR, "amount in the asset's smallest unit", "数量", True),
        _column("price", Unit.DECIMAL, "price of one whole unit", "单价", True),
        _category("currency", "currency", "币种", required=True),
        _column("deposit_memo", Unit.TEXT, "deposit memo", "充值备注"),
        _column("custodial_ref", Unit.TEXT, "custodial reference", "托管编号"),
    ),
)

MOVEMENTS = Table(
    "movements",
    Flow.PEOPLE,
    Label("movements", "出行"),
    (
        _entity("person", "person", "人员", "person", required=True),
        _category("kind", "kind", "类型", "crossing", "ticket", "roaming", required=True),
        _category("direction", "direction", "方向", "out", "in"),
        _column("booked_at", Unit.TIME, "booked at", "预订时间"),
        _entity("from_place", "from", "出发地", "place"),
        _entity("to_place", "to", "目的地", "place"),
        _column("conveyance", Unit.TEXT, "conveyance", "交通工具"),
        _entity("payer", "payer", "付款方", "account", "person", "ecny_wallet", "address", "organisation"),
        _column("price", Unit.MINOR, "price in the currency's smallest unit", "价格"),
        CURRENCY,
        _column("reference", Unit.TEXT, "reference", "编号"),
    ),
)

ANY = tuple(ENTITY_KINDS)
RELATIONS = (
    "owns",
    "uses",
    "registered_with",
    "carries",
    "inserted_in",
    "activated_by",
    "keys_for",
    "family",
    "employs",
    "tenant_of",
    "member_of",
    "mentions",
    "located_in",
    "operated_by",
    "sub_of",
    "hosted_at",
    "same_as",
)

TIES = Table(
    "ties",
    Flow.IDENTITY,
    Label("ties", "关联"),
    (
        _entity("a", "one end", "一端", *ANY, required=True),
        _entity("b", "other end", "另一端", *ANY, required=True),
        _category("relation", "relation", "关系", *RELATIONS, required=True),
        _column("valid_from", Unit.TIME, "from", "起"),
        _column("valid_to", Unit.TIME, "to", "止"),
        _column("confidence", Unit.NUMBER, "confidence", "置信度"),
    ),
)

FACTS = Table(
    "facts",
    Flow.IDENTITY,
    Label("facts", "属性"),
    (
        _entity("entity", "entity", "对象", *ANY, required=True),
        _category("attribute", "attribute", "属性名", required=True),
        _column("value", Unit.TEXT, "value", "值", True),
        _column("valid_from", Unit.TIME, "from", "起"),
        _column("valid_to", Unit.TIME, "to", "止"),
    ),
)

REPORTS = Table(
    "reports",
    Flow.REPORTS,
    Label("reports", "报案"),
    (
        _category("kind", "kind", "类型", "loss", "contact", "advert", "missing", required=True),
        _entity("reporter", "reporter", "报案人", "person", "phone", "organisation"),
        _entity("person", "person reported on", "涉及人员", "person"),
        Column("region", Unit.CATEGORY, Label("region", "地区"), protected=True),
        _column("narrative", Unit.TEXT, "narrative", "案情"),
        _column("loss", Unit.MINOR, "loss in the currency's smallest unit", "损失"),
        CURRENCY,
        _column("remote_access", Unit.FLAG, "remote access", "远程控制"),
        _column("payments", Unit.TEXT, "payments as told, as JSON", "所述付款"),
    ),
)

TAGS = Table(
    "tags",
    Flow.LISTS,
    Label("tags", "名单标签"),
    (
        _entity("entity", "entity", "对象", *ANY, required=True),
        _category("tag", "tag", "标签", required=True),
        _category("list", "list", "名单", required=True),
        _category("list_version", "list version", "名单版本"),
        _column("valid_from", Unit.TIME, "from", "起"),
        _column("valid_to", Unit.TIME, "to", "止"),
        _column("confidence", Unit.NUMBER, "confidence", "置信度"),
        _column("note", Unit.TEXT, "note", "备注"),
    ),
)

PRICES = Table(
    "prices",
    Flow.LISTS,
    Label("prices", "价格"),
    (
        _category("asset", "asset", "资产", required=True),
        _category("currency", "currency", "币种", required=True),
        _column("price", Unit.DECIMAL, "price of one whole unit", "价格", True),
    ),
)

REQUESTS = Table(
    "requests",
    Flow.QUERYING,
    Label("requests to holders", "协查请求"),
    (
        _entity("holder", "holder", "持有机构", "organisation", required=True),
        _category("kind", "kind", "类型", "query", "stop", "freeze", "preserve", required=True),
        _entity("about", "about", "对象", *ANY, required=True),
        _column("acknowledged_at", Unit.TIME, "acknowledged at", "签收时间"),
        _column("executed_at", Unit.TIME, "executed at", "执行时间"),
        _column("amount", Unit.MINOR, "amount", "金额"),
        CURRENCY,
        _column("refusal", Unit.TEXT, "refusal", "拒绝原因"),
        _column("reference", Unit.TEXT, "reference", "编号"),
    ),
)

TABLES: dict[str, Table] = {
    t.name: t for t in (CONTACTS, POSTS, SESSIONS, TRANSFERS, ORDERS, MOVEMENTS, TIES, FACTS, REPORTS, TAGS, PRICES, REQUESTS)
}

PROTECTED_ATTRIBUTES = frozenset({"region", "registered_region", "nationality", "ethnicity", "born_year", "sex"})
"""Attributes of `facts` that no typology and no score may name."""
