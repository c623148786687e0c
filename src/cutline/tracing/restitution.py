"""Return of funds: what each victim gets of a recovered balance, by a sheet that a court can check by hand.

Traced first: who can show what of the balance is theirs (FIFO) gets it back. Where more is shown than there is, all shown parts
are cut in proportion. What then remains goes to all victims in proportion to the loss that is not yet made good. Every division
is rounded down, and the units that rounding leaves go one by one to the largest remainders, ties to the first name in order; so
the sum is exact to the unit, and nobody gets more than was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cutline.errors import UsageError


@dataclass(frozen=True, slots=True)
class Claim:
    """One victim: what was lost, and what of the recovered balance a trace shows to be theirs; smallest unit of one asset."""

    victim: str
    lost_minor: int
    traced_minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """One line of the sheet: `traced_minor` + `pro_rata_minor` = `returned_minor`; `open_minor` is still lost after it."""

    victim: str
    lost_minor: int
    shown_minor: int
    traced_minor: int
    pro_rata_minor: int

    @property
    def returned_minor(self) -> int:
        """What the victim gets."""
        return self.traced_minor + self.pro_rata_minor

    @property
    def open_minor(self) -> int:
        """What stays lost."""
        return self.lost_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class Sheet:
    """The computation: one line a victim, in the order of their names, and what is left because nobody lost it."""

    recovered_minor: int
    shares: tuple[Share, ...]
    left_minor: int


def share_out(recovered_minor: int, claims: Sequence[Claim]) -> Sheet:
    """Share a recovered balance among victims: traced first, the rest pro rata.

    Raises `UsageError` where an amount is negative, a victim stands twice, or more is shown than was lost.
    """
    for claim in claims:
        if not 0 <= claim.traced_minor <= claim.lost_minor:
            raise UsageError(f"{claim.victim} shows {claim.traced_minor} of {claim.lost_minor} lost; expected at most the loss")
    named = {claim.victim: claim for claim in claims}
    if len(named) < len(claims) or recovered_minor < 0:
        raise UsageError(f"{len(claims)} claims on {recovered_minor}; expected each victim once, and no negative balance")
    shown = {name: named[name].traced_minor for name in sorted(named)}
    traced = in_proportion(min(recovered_minor, sum(shown.values())), shown)
    rest = recovered_minor - sum(traced.values())
    still = {name: named[name].lost_minor - traced[name] for name in shown}
    pro_rata = in_proportion(min(rest, sum(still.values())), still)
    lines = tuple(Share(n, named[n].lost_minor, shown[n], traced[n], pro_rata[n]) for n in shown)
    return Sheet(recovered_minor, lines, recovered_minor - sum(line.returned_minor for line in lines))


def in_proportion(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide an amount by weights, exactly: rounded down, then the odd units to the largest remainders.

    The amount is at most the sum of the weights, so that nobody gets more than their weight.
    """
    total = sum(weights.values())
    if not total:
        return dict.fromkeys(weights, 0)
    parts = {name: amount * weight // total for name, weight in weights.items()}
    odd = amount - sum(parts.values())
    remainders = sorted(weights, key=lambda name: (-(amount * weights[name] % total), name))
    for name in remainders[:odd]:
        parts[name] += 1
    return parts
