"""Websites, handles, IPs, places and items."""

from __future__ import annotations

import pytest
from hypothesis import given

from cutline.errors import IdentifierError
from cutline.model.identifiers import Context, clean
from tests.model.spellings import HERE, hosts


@given(hosts)
def test_all_spellings_of_a_site_are_one_website(host: str) -> None:
    spellings = (
        host,
        host.upper(),
        f"http://{host}/",
        f"HTTPS://{host}:443",
        f"hxxps://{host.replace('.', '[.]')}/#top",
        f"//user:pw@{host}.",
        f"https://{host}/?utm_source=a&id=3",
    )
    assert {clean("website", text, HERE) for text in spellings} == {f"website:{host}"}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("https://Bücher.example/a/./b/../c/", "website:xn--bcher-kva.example/a/c"),
        ("支付。例子.中国/登录", "website:xn--bnq875c.xn--fsqu00a.xn--fiqs8s/%E7%99%BB%E5%BD%95"),
        ("http://a.com:8080/X%7ey%2f?q#f", "website:a.com:8080/X~y%2F"),
        ("1.2.3.4/x", "website:1.2.3.4/x"),
        ("http://[::1]:8443/", "website:[::1]:8443"),
    ],
)
def test_known_sites(text: str, entity: str) -> None:
    assert clean("website", text, HERE) == entity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "javascript:alert(1)",
        "mailto:a@b.com",
        "a b.com",
        "http://",
        "http://a.com:99999",
        "-a.com",
        "a..com",
        "1.2.3.999",
    ],
)
def test_what_is_no_site_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        clean("website", text, HERE)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("1.2.3.4:443", "ip:1.2.3.4"),
        ("::ffff:1.2.3.4", "ip:1.2.3.4"),
        ("[2001:DB8:0::1]:80", "ip:2001:db8::1"),
        ("fe80::1%eth0", "ip:fe80::1"),
    ],
)
def test_spellings_of_an_ip(text: str, entity: str) -> None:
    assert clean("ip", text, HERE) == entity


@pytest.mark.parametrize("text", ["", "1.2.3", "01.2.3.4", "1.2.3.4.5", "example.com", "1.2.3.4/24"])
def test_what_is_no_ip_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        clean("ip", text, HERE)


def test_handles_belong_to_their_platform() -> None:
    wechat = Context("tencent", platform="WeChat")
    assert clean("handle", "@lisa", wechat) == clean("handle", "wechat/lisa", HERE) == "handle:wechat/lisa"
    assert clean("handle", "wechat/lisa", wechat) == "handle:wechat/lisa"
    assert clean("handle", "group_77", wechat) == "handle:wechat/group_77"
    assert clean("handle", "wechat", wechat) == "handle:wechat/wechat"
    for wrong in ("lisa", "wechat/", "/lisa", ""):
        with pytest.raises(IdentifierError):
            clean("handle", wrong, HERE)


def test_places() -> None:
    assert clean("place", "KHM", HERE) == "place:KH"
    assert clean("place", "350200", HERE) == "place:CN/350200"
    assert clean("place", "cn / 福建", HERE) == "place:CN/福建"
    for wrong in ("QQ/Fujian", "Fujian/Xiamen", ""):
        with pytest.raises(IdentifierError):
            clean("place", wrong, HERE)


def test_items_have_one_spelling() -> None:
    contract = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
    for text in (f"eth/{contract.lower()}/0x10", f"ethereum/{contract}/0016"):
        assert clean("item", text, HERE) == f"item:ethereum/{contract}/16"
    assert clean("item", f"{contract}/16", Context("x", chain="ethereum")) == f"item:ethereum/{contract}/16"
    for wrong in ("", "x", "a/b", "ethereum/0x12/1", f"ethereum/{contract}/"):
        with pytest.raises(IdentifierError):
            clean("item", wrong, HERE)
