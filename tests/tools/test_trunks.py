"""Where a trunk is: the middle of what is filled, unless it is hidden or somebody else is there too."""

from __future__ import annotations

import numpy as np

from foleydesigner.tools.trunks import trunk_offsets

BINS = 25
PLACES = np.linspace(-0.5, 0.5, BINS)


def bump(at: float, half: float = 0.1) -> np.ndarray:
    """What a trunk of `2 * half` heights fills whose middle is at `at`, (BINS,)."""
    return np.clip((half + 0.02 - np.abs(PLACES - at)) / 0.04, 0.0, 1.0)


def test_the_middle_of_a_trunk_is_found_to_a_hundredth_of_the_height() -> None:
    offsets = np.linspace(-0.25, 0.25, 11)
    found = trunk_offsets(np.array([bump(at) for at in offsets]))
    assert np.abs(found - offsets).max() < 0.015


def test_a_hand_far_from_the_trunk_does_not_move_it() -> None:
    profiles = np.array([bump(0.05)] * 5)
    profiles[2] += bump(0.45, 0.03)
    assert np.abs(trunk_offsets(profiles) - 0.05).max() < 0.015


def test_who_is_hidden_or_not_alone_says_nothing() -> None:
    profiles = np.array([bump(0.0)] * 6)
    profiles[1] *= 0.3
    profiles[2] = 0.0
    profiles[3] = np.where(np.abs(PLACES) <= 0.2, 1.0, 0.0)  # twice as wide
    found = trunk_offsets(profiles)
    assert np.isnan(found[[1, 2, 3]]).all()
    assert np.abs(found[[0, 4, 5]]).max() < 0.01
    assert np.isnan(trunk_offsets(np.zeros((4, BINS)))).all()
