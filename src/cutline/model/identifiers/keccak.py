"""Keccak-256 of many short messages at once, for the capitals of EIP-55.

The sponge of the Keccak team's reference (rate 1088, padding 0x01 … 0x80, as Ethereum uses it), with each of the 25 lanes a
column of 64-bit integers. Works in blocks of `BLOCK` messages, so that the state stays in the processor's cache.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Lanes = list[npt.NDArray[np.uint64]]
Bytes = npt.NDArray[np.uint8]

BLOCK = 2048
RATE = 136
_OFFSETS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)


def _round_constants() -> list[np.uint64]:
    """The iota constants, from the linear feedback register that defines them."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << (2**power - 1)
            register = (register << 1) ^ (0x171 if register >> 7 else 0)
        constants.append(np.uint64(constant))
    return constants


_ROUNDS = _round_constants()


def keccak_many(messages: Bytes) -> Bytes:
    """Give the digests (rows, 32) of messages (rows, length) that are all shorter than `RATE` bytes."""
    rows, length = messages.shape
    if length >= RATE:
        raise ValueError(f"messages of {length} bytes, expected fewer than {RATE}")
    digests = np.empty((rows, 32), np.uint8)
    for start in range(0, rows, BLOCK):
        part = messages[start : start + BLOCK]
        padded = np.zeros((len(part), RATE), np.uint8)
        padded[:, :length] = part
        padded[:, length] ^= 0x01
        padded[:, RATE - 1] ^= 0x80
        words = padded.view("<u8").T
        zero = np.zeros(len(part), np.uint64)
        lanes = [np.ascontiguousarray(words[k]) if k < RATE // 8 else zero for k in range(25)]
        for constant in _ROUNDS:
            lanes = _turn(lanes, constant)
        digests[start : start + BLOCK] = np.stack(lanes[:4], axis=1).view(np.uint8)
    return digests


def _turn(lanes: Lanes, constant: np.uint64) -> Lanes:
    """One round: theta, rho and pi, chi, iota. The lane (x, y) is at x + 5y."""
    parity = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
    mixed = [parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
    moved = list(lanes)
    for x in range(5):
        for y in range(5):
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = _rotate(lanes[x + 5 * y] ^ mixed[x], _OFFSETS[x][y])
    turned = [moved[k] ^ (~moved[(k + 1) % 5 + k // 5 * 5] & moved[(k + 2) % 5 + k // 5 * 5]) for k in range(25)]
    turned[0] = turned[0] ^ constant
    return turned


def _rotate(lane: npt.NDArray[np.uint64], by: int) -> npt.NDArray[np.uint64]:
    return lane if by == 0 else (lane << np.uint64(by)) | (lane >> np.uint64(64 - by))
