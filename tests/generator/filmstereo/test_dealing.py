"""Quotas are dealt to the card; a recording stays in one split."""

from __future__ import annotations

from collections import Counter

import pytest

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.annotation import SourceRecording
from foleydesigner.generator.filmstereo.dealing import deal, sizes_of, split_of
from foleydesigner.generator.filmstereo.recipe import Recipe

from .small_store import recording


def _recordings(count: int = 40) -> list[SourceRecording]:
    sizes = ("small", "medium", "large", "very_large")
    return [recording(k, size=sizes[k % 4], family="impact" if k % 8 < 4 else "door") for k in range(count)]


def test_the_mix_is_the_one_asked_for() -> None:
    deals = deal(Recipe(clips=1000, seed=5), _recordings())
    assert Counter(d.motion for d in deals) == {"linear": 640, "static": 360}
    assert Counter(d.recording.size for d in deals) == {"large": 400, "small": 200, "medium": 200, "very_large": 200}
    assert set(Counter(d.reverb for d in deals).values()) == {250}
    # Not in blocks: the first hundred are mixed too.
    assert 45 <= sum(d.motion == "linear" for d in deals[:100]) <= 83


def test_every_recording_is_heard_about_as_often_as_its_neighbours() -> None:
    recordings = _recordings()
    heard = Counter(d.recording.id for d in deal(Recipe(clips=1000), recordings))
    large = [heard[r.id] for r in recordings if r.size == "large" and r.family == "door"]
    assert max(large) - min(large) <= 1


def test_the_same_recipe_deals_the_same_and_another_seed_does_not() -> None:
    recordings = _recordings()
    once = deal(Recipe(clips=50, seed=1), recordings)
    assert once == deal(Recipe(clips=50, seed=1), recordings[::-1])
    assert once != deal(Recipe(clips=50, seed=2), recordings)
    assert len({d.seed for d in once}) == 50


def test_splits_are_by_recording_and_hold_in_each_family() -> None:
    recordings = [recording(k, size="small") for k in range(50)]
    splits = split_of(recordings, Recipe(clips=1))
    assert Counter(splits.values()) == {"train": 40, "valid": 5, "test": 5}
    deals = deal(Recipe(clips=300, sizes={"small": 1.0}), recordings)
    assert all(d.split == splits[d.recording.id] for d in deals)
    assert {r.id for r in (d.recording for d in deals if d.split == "test")}.isdisjoint(
        d.recording.id for d in deals if d.split == "train"
    )


def test_a_lone_recording_is_trained_on() -> None:
    assert split_of([recording(1)], Recipe(clips=1)) == {recording(1).id: "train"}


def test_a_size_without_recordings_is_named() -> None:
    recordings = [recording(1, size="small")]
    assert sizes_of(recordings) == {"small": 1}
    with pytest.raises(DatasetError, match="no recording of size"):
        deal(Recipe(clips=10), recordings)


def test_a_mix_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="do not sum to 1"):
        Recipe(clips=1, sizes={"small": 0.4})
    with pytest.raises(ValueError, match="without its wet signal"):
        Recipe(clips=1, signals=("dry",))
