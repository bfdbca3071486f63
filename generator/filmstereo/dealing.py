"""Which recording goes where in which clip: quotas are dealt like cards, so that the mix is the one asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.annotation import SourceRecording, Split
from foleydesigner.generator.filmstereo.recipe import Recipe
from foleydesigner.script import Size
from foleydesigner.tools.place_words import Motion, ReverbKind

T = TypeVar("T")
_SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What clip `index` is to be; all else about it is drawn from `seed`."""

    index: int
    seed: int
    recording: SourceRecording
    split: Split
    motion: Motion
    reverb: ReverbKind


def deal(recipe: Recipe, recordings: Sequence[SourceRecording]) -> tuple[Deal, ...]:
    """One deal a clip, in order; the same for the same recipe and recordings.

    Raises:
        DatasetError: there is no recording, or none of a size that is asked for.
    """
    rng = np.random.default_rng(np.random.SeedSequence([recipe.seed, 0]))
    sizes = _quota(rng, recipe.sizes, recipe.clips)
    moving: dict[Motion, float] = {"linear": recipe.moving, "static": 1.0 - recipe.moving}
    motions = _quota(rng, moving, recipe.clips)
    reverbs = _quota(rng, recipe.reverbs, recipe.clips)
    splits = split_of(recordings, recipe)
    decks = {size: _Deck(rng, [r for r in recordings if r.size == size]) for size in dict.fromkeys(sizes)}
    empty = [size for size, deck in decks.items() if not deck]
    if empty:
        raise DatasetError(
            f"no recording of size {', '.join(empty)}",
            "some of every size that is asked for",
            "add sources, or ask for other --sizes",
        )
    seeds = np.random.SeedSequence([recipe.seed, 1]).generate_state(recipe.clips, np.uint32)
    found = []
    for index, (size, motion, reverb) in enumerate(zip(sizes, motions, reverbs, strict=True)):
        recording = decks[size].draw()
        found.append(
            Deal(
                index=index,
                seed=int(seeds[index]),
                recording=recording,
                split=splits[recording.id],
                motion=motion,
                reverb=reverb,
            )
        )
    return tuple(found)


def split_of(recordings: Sequence[SourceRecording], recipe: Recipe) -> dict[str, Split]:
    """The split of every recording by its id: whole recordings, so that nothing that is tested was trained on.

    Shares hold in each family of each size; where there is one recording alone, it is trained on.
    """
    found: dict[str, Split] = {}
    rng = np.random.default_rng(np.random.SeedSequence([recipe.seed, 2]))
    for key in sorted({(r.family, r.size) for r in recordings}):
        members = sorted(r.id for r in recordings if (r.family, r.size) == key)
        order = rng.permutation(len(members))
        ends = np.round(np.cumsum(recipe.splits[::-1]) * len(members)).astype(int)
        for place, member in enumerate(order):
            # From the test end on: what rounding leaves over is trained on.
            which = int(np.searchsorted(ends, place, side="right"))
            found[members[int(member)]] = _SPLITS[::-1][min(which, 2)] if len(members) > 1 else "train"
    return found


def _quota(rng: np.random.Generator, shares: Mapping[T, float], count: int) -> list[T]:
    """`count` cards with each kind's share of them, to the card, shuffled (largest remainders)."""
    kinds = list(shares)
    exact = np.array([shares[k] for k in kinds]) * count
    numbers = np.floor(exact).astype(int)
    for k in np.argsort(numbers - exact, kind="stable")[: count - int(numbers.sum())]:
        numbers[k] += 1
    cards = [kind for kind, number in zip(kinds, numbers, strict=True) for _ in range(number)]
    return [cards[int(k)] for k in rng.permutation(count)]


class _Deck:
    """Recordings of a size: families by the root of their number, so that the few are heard among the many."""

    def __init__(self, rng: np.random.Generator, recordings: Sequence[SourceRecording]) -> None:
        self._rng = rng
        self._of: dict[str, list[SourceRecording]] = {}
        for recording in sorted(recordings, key=lambda r: r.id):
            self._of.setdefault(recording.family, []).append(recording)
        self._families = sorted(self._of)
        weights = np.sqrt([len(self._of[f]) for f in self._families])
        self._weights: NDArray[np.float64] = weights / weights.sum() if len(weights) else weights
        self._left: dict[str, list[int]] = {f: [] for f in self._families}

    def __bool__(self) -> bool:
        return bool(self._families)

    def draw(self) -> SourceRecording:
        """The next one; none of a family comes again before all of it have been."""
        family = self._families[int(self._rng.choice(len(self._families), p=self._weights))]
        if not self._left[family]:
            self._left[family] = [int(k) for k in self._rng.permutation(len(self._of[family]))]
        return self._of[family][self._left[family].pop()]


def sizes_of(recordings: Sequence[SourceRecording]) -> dict[Size, int]:
    """How many recordings there are of each size."""
    found: dict[Size, int] = {}
    for recording in recordings:
        found[recording.size] = found.get(recording.size, 0) + 1
    return found
