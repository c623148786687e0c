"""Where a ring begins and ends, and when an alert is raised. Our own defaults, to be calibrated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RingConfig:
    """The bounds of a ring.

    seed          least score of an entity with findings of its own to be a member
    resolution    of the modularity that Leiden maximises: higher splits more
    join          share of what holds a community that must lead to another for the two to be one
    hold          least weight by which a community holds one of its own
    fed           share of what enters a community from elsewhere that must come from another for it to be a part of that
    least_members   a smaller community is no ring
    least_hands     nor is one where fewer hands (a person with what is theirs) have findings of their own,
    least_seeds     unless so many of its entities have
    overlap       share of the smaller of two rings that must be common to be the same ring as in the run before
    role          least confidence from which a role is named, and least lead over the next best
    """

    seed: float = 0.35
    resolution: float = 1.0
    join: float = 0.2
    hold: float = 0.1
    fed: float = 0.4
    least_members: int = 3
    least_hands: int = 2
    least_seeds: int = 5
    overlap: float = 0.3
    role: float = 0.4
    role_lead: float = 0.05
    random_seed: int = 20260301


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """When an alert is raised, and how urgency is counted.

    least           least score of a subject that an alert names
    least_warning   least warning rank
    half_life_h     hours after which the chance to stop money is taken to have halved (D)
    fresh_h         hours after the last finding in which money may still be there: the term of an urgent stop (L, art. 20)
    """

    least: float = 0.35
    least_warning: float = 0.3
    half_life_h: float = 24.0
    fresh_h: float = 48.0
