"""Between which values a quantity can lie, so that a condition that can never hold is a fault where it is written.

Only what is certain counts: constants, shares, counts, times since. Everything else can be anything.
"""

from __future__ import annotations

from math import inf, isnan

from cutline.typologies.trees import Apply, Ask, Constant, Measure, Scope, Tree

Range = tuple[float, float]

ANY: Range = (-inf, inf)

SHARES = ("share", "top_share")

UNSIGNED = (
    *("count", "distinct", "repeats", "entropy", "active", "consecutive", "together", "burst", "std", "unevenness"),
    *("first_gap", "last_gap", "longest_gap", "dormancy"),
    *("fan_in", "fan_out", "gather_scatter", "scatter_gather", "cycle", "chain", "peel"),
)
"""Measures that are never below zero."""

PERCENT = 100

_ORDERED = ("<", "<=", ">", ">=", "==")


def range_of(tree: Tree) -> Range:
    """Give the least and the greatest that a quantity can be."""
    match tree:
        case Constant(value=value):
            return float(value), float(value)
        case Measure(aggregate=aggregate) if aggregate in SHARES:
            return 0.0, 1.0
        case Measure(aggregate=aggregate) if aggregate in UNSIGNED:
            return 0.0, inf
        case Ask(what="age"):
            return 0.0, inf
        case Apply(operator="neg", arguments=(one,)):
            low, high = range_of(one)
            return -high, -low
        case Apply(operator=("+" | "-" | "*" | "/"), arguments=(left, right)):
            return _combined(tree.operator, range_of(left), range_of(right))
    return ANY


def check_ranges(node: Apply, scope: Scope) -> None:
    """Refuse a comparison or a conjunction that can never hold, and a division by nothing."""
    if node.operator == "and":
        _check_together(node, scope)
    elif node.operator == "/" and range_of(node.arguments[1]) == (0.0, 0.0):
        raise scope.meaning(node.arguments[1], "a division by zero", "another number: this is never known")
    elif node.operator in _ORDERED:
        left, right = node.arguments
        low, high = range_of(left)
        if not _meet(_allowed(node.operator, range_of(right)), (low, high)):
            raise scope.meaning(right, f"this never holds: the left side lies in {low:g} … {high:g}", _instead(left, right))


def _instead(left: Tree, right: Tree) -> str:
    """Say what was meant, perhaps: a percentage without its sign."""
    shared = isinstance(left, Measure) and left.aggregate in SHARES and isinstance(right, Constant)
    if shared and isinstance(right, Constant) and 1 < right.value <= PERCENT and right.value == int(right.value):
        return f"a share up to 100 % (did you mean {right.value} %?)"
    return "what it can be"


def _check_together(node: Apply, scope: Scope) -> None:
    """Refuse two bounds on the same quantity that leave nothing between them, as `between 5 .. 2`."""
    parts = _conjuncts(node)
    if not parts or not _is_bound(parts[-1]):
        return
    last = parts[-1]
    for earlier in parts[:-1]:
        if _is_bound(earlier) and earlier.arguments[0] == last.arguments[0]:
            one, other = (_allowed(part.operator, range_of(part.arguments[1])) for part in (earlier, last))
            if not _meet(one, other):
                found = "this never holds together with the bound before it"
                raise scope.meaning(last.arguments[1], found, "a smaller number first, as in between 2 .. 5")


def _conjuncts(tree: Tree) -> list[Apply]:
    if isinstance(tree, Apply) and tree.operator == "and":
        return [part for argument in tree.arguments for part in _conjuncts(argument)]
    return [tree] if isinstance(tree, Apply) else []


def _is_bound(part: Apply) -> bool:
    return part.operator in _ORDERED and range_of(part.arguments[1]) != ANY


_Open = tuple[float, float, bool, bool]
"""Least, greatest, and whether each of them belongs."""


def _allowed(operator: str, right: Range) -> _Open:
    """Give the values for which a comparison with something of a range can hold."""
    low, high = right
    match operator:
        case "<" | "<=":
            return -inf, high, True, operator == "<="
        case ">" | ">=":
            return low, inf, operator == ">=", True
    return low, high, True, True


def _meet(one: _Open, other: _Open | Range) -> bool:
    low, high, with_low, with_high = one
    least, greatest = other[:2]
    with_least, with_greatest = other[2:] if len(other) > 2 else (True, True)
    above = greatest > low or (greatest == low and with_low and with_greatest)
    below = least < high or (least == high and with_high and with_least)
    return above and below


def _combined(operator: str, left: Range, right: Range) -> Range:
    (a, b), (c, d) = left, right
    if operator == "/" and c <= 0.0 <= d:
        return ANY
    corners = {
        "+": lambda: [a + c, b + d],
        "-": lambda: [a - d, b - c],
        "*": lambda: [a * c, a * d, b * c, b * d],
        "/": lambda: [a / c, a / d, b / c, b / d],
    }[operator]()
    return ANY if any(isnan(corner) for corner in corners) else (min(corners), max(corners))
