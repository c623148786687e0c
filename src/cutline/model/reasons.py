"""A reason that somebody gives for what they decide or look at: short is fine, nothing is not."""

from __future__ import annotations

from cutline.errors import UsageError

SHORTEST = 3
"""Letters of the shortest reason that says something; a Chinese character says as much as two of them (ours)."""

FIRST_WIDE = 0x2E80
"""Where the scripts begin of which one character is a word (Unicode: CJK radicals and after)."""


def check_reason(reason: str, wanted: str = "--reason") -> None:
    """Refuse what gives no reason; raises UsageError that says what was found and how long it has to be.

    `wanted` is how it is given, such as `--unmask --reason`.
    """
    found = reason.strip()
    if sum(2 if ord(letter) >= FIRST_WIDE else 1 for letter in found) < SHORTEST:
        raise UsageError(
            f"{wanted} {f'is {found!r}: too short' if found else 'is missing: say why'}; expected at least {SHORTEST} letters "
            f'(two Chinese characters) that say why, for whoever is concerned may ask: {wanted} "the victim called at 10:30"'
        )
