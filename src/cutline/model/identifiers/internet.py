"""Accounts on platforms, websites, and IP addresses."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from cutline.errors import IdentifierError
from cutline.model.identifiers.spelling import Context, fold, read_token, veil

_PLATFORM = re.compile(r"[^\s/:]{1,40}")
_SCHEME = re.compile(r"(?:(?:https?|hxxps?|ftps?|wss?)\s*:)?//", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:(?![0-9])", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_\-]{1,63}(?<!-)")
_DEFANGED = re.compile(r"\[\.\]|\(\.\)|\[dot\]", re.IGNORECASE)
_DEFAULT_PORTS = (80, 443)
_KEPT = "!$&'()*+,;=:@-._~/"
WEBSITE = "a host name or URL, such as pay.example.com/login"


def clean_handle(text: str, context: Context) -> str:
    """Give `<platform>/<name>`: the platform from the context or before the slash; a leading @ goes, case stays.

    Case stays because platforms differ, and two people must never become one.
    """
    spelled = fold(text)
    platform, slash, name = spelled.partition("/")
    said = fold(context.platform).lower()
    if said and not (slash and platform.strip().lower() == said):
        platform, slash, name = said, "/", spelled
    platform, name = platform.strip().lower(), name.strip().removeprefix("@")
    if not slash or not _PLATFORM.fullmatch(platform) or not name:
        raise IdentifierError("handle", text, "platform/name")
    return f"{platform}/{read_token('handle', name)}"


def clean_website(text: str, _context: Context) -> str:
    """Give `<host and path>`: no scheme, user, default port, query, fragment or trailing slash; host in lower-case ASCII."""
    spelled = _DEFANGED.sub(".", fold(text))
    bare = _SCHEME.sub("//", spelled, count=1) if _SCHEME.match(spelled) else "//" + spelled
    if not spelled or any(ord(c) < 33 for c in spelled) or (_ANY_SCHEME.match(spelled) and not _SCHEME.match(spelled)):
        raise IdentifierError("website", text, WEBSITE)
    try:
        parts = urlsplit(bare)
        port, host = parts.port, _host(parts.hostname or "")
    except ValueError:
        raise IdentifierError("website", text, WEBSITE) from None
    shown = f"[{host}]" if ":" in host else host
    return shown + ("" if port is None or port in _DEFAULT_PORTS else f":{port}") + _path(parts.path)


def _host(name: str) -> str:
    """The host in ASCII; ValueError (UnicodeError is one) where it is none."""
    if ":" in name:
        return _address(name)
    host = name.rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode()
    host = host.lower()
    labels = host.split(".")
    if all(label.isdigit() for label in labels):
        return str(ipaddress.IPv4Address(host))
    if len(labels) < 2 or len(host) > 253 or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(host)
    return host


def _path(path: str) -> str:
    """The path with dot segments resolved and one spelling of percent signs; empty for the root."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        plain = quote(unquote_to_bytes(segment), safe=_KEPT.replace("/", ""))
        if plain == "..":
            kept = kept[:-1]
        elif plain != ".":
            kept.append(plain)
    return ("/" + "/".join(kept)).rstrip("/")


def clean_ip(text: str, _context: Context) -> str:
    """Give an address of IP version 4 or 6 in its shortest spelling; ports, brackets, zones go; mapped ones are version 4."""
    spelled = fold(text)
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::[0-9]{1,5})?", spelled)
    spelled = bracketed[1] if bracketed else spelled
    if spelled.count(":") == 1 and re.fullmatch(r"[0-9.]+:[0-9]{1,5}", spelled):
        spelled = spelled.partition(":")[0]
    try:
        return _address(spelled)
    except ValueError:
        raise IdentifierError("ip", text, "an IP address of version 4 or 6") from None


def _address(text: str) -> str:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def mask_handle(rest: str) -> str:
    """Show the platform, and the first and last character of the name."""
    platform, _, name = rest.partition("/")
    return f"{platform}/{veil(name, 1, 1)}"


def mask_website(rest: str) -> str:
    """Show the first two characters of the host and its last label; the path is hidden."""
    host, slash, path = rest.partition("/")
    body, dot, top = host.rpartition(".")
    return veil(body, 2, 0) + dot + ("*" * len(top) if top[-1:].isdigit() or not dot else top) + slash + "*" * len(path)


def mask_ip(rest: str) -> str:
    """Show the first half of an address of version 4, the first two groups of version 6."""
    if ":" in rest:
        groups = ipaddress.IPv6Address(rest).exploded.split(":")
        return ":".join(groups[:2]) + ":" + ":".join(["****"] * 6)
    return ".".join(rest.split(".")[:2]) + ".*.*"
