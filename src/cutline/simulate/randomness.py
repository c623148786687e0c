"""Chance, tamed: one generator per agent kind, and the rhythms of days and amounts."""

import zlib
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY = 86_400
# Relative activity by hour of local time: a long evening, a lunch break, quiet nights (ours, after published CDR profiles).
WAKING = np.array([1, 0.5, 0.3, 0.2, 0.3, 0.8, 2, 4, 6, 7, 7.5, 8, 7, 6, 6.5, 6.5, 7, 8, 9, 9, 8.5, 7, 4.5, 2.2])
OFFICE = np.array([0, 0, 0, 0, 0, 0, 0, 0.3, 4, 9, 10, 9, 3, 5, 9, 9, 9, 6, 3, 2, 1, 0.4, 0, 0])
MARKET = np.array([0, 0, 0, 0, 0, 1, 4, 8, 8, 7, 7, 9, 8, 5, 4, 5, 7, 9, 10, 9, 7, 4, 1.5, 0.3])
WEEK = np.array([1.0, 1.0, 1.0, 1.02, 1.1, 0.95, 0.9])  # Monday first
WORKDAYS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.25, 0.08])


class Chance:
    """Gives each agent kind its own generator, so that adding one kind does not reshuffle the others."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, name: str) -> np.random.Generator:
        """A generator that depends on the seed and the name alone."""
        return np.random.default_rng([self._seed, zlib.crc32(name.encode())])


def moments(rng: np.random.Generator, n: int, days: int, first_weekday: int, hours: Floats, week: Floats = WEEK) -> Ints:
    """Times of n ordinary events in seconds since the start, in the rhythm of hours and weekdays."""
    day_weight = week[(first_weekday + np.arange(days)) % 7]
    day = pick(rng, n, day_weight)
    hour = pick(rng, n, hours)
    result: Ints = day * DAY + hour * 3600 + rng.integers(0, 3600, n)
    return result


def pick(rng: np.random.Generator, n: int, weights: Floats) -> Ints:
    """Draws n indices in proportion to weights, by inverse cumulative sums."""
    edges = np.cumsum(weights, dtype=np.float64)
    found: Ints = np.minimum(np.searchsorted(edges, rng.random(n) * edges[-1], side="right"), len(weights) - 1)
    return found


def heavy(rng: np.random.Generator, n: int, median: float, sigma: float) -> Ints:
    """Log-normal amounts of money in fen (hundredths), at least 0.01."""
    return np.maximum(1, np.rint(100.0 * median * np.exp(sigma * rng.standard_normal(n)))).astype(np.int64)


def rounded(rng: np.random.Generator, amounts: Ints, share: float) -> Ints:
    """People like round sums: a share of the amounts is rounded to tens, hundreds or thousands."""
    step = 10.0 ** np.clip(np.floor(np.log10(np.maximum(amounts, 1))) - 1, 2, 6)
    smooth = np.maximum(np.rint(amounts / step), 1) * step
    return np.where(rng.random(len(amounts)) < share, smooth, amounts).astype(np.int64)


def zipf_weights(n: int, exponent: float = 0.9) -> Floats:
    """Popularity of n shops or employers, heaviest first."""
    return 1.0 / np.arange(1, n + 1, dtype=np.float64) ** exponent


def scramble(values: Ints, salt: int) -> npt.NDArray[np.uint64]:
    """A fixed one-to-one mixing of integers (splitmix64), for tokens that reveal no order."""
    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(salt & 0xFFFFFFFFFFFFFFFF) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def chunks(total: int, parts: int, rng: np.random.Generator) -> list[int]:
    """Splits an amount into uneven parts that sum to it exactly."""
    if parts <= 1 or total < 10 * parts:
        return [total]
    cuts = np.cumsum(rng.dirichlet(np.full(parts, 6.0)))[:-1]
    edges = [0, *(int(c * total) for c in cuts), total]
    return [b - a for a, b in pairwise(edges) if b > a]
