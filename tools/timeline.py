"""Things that lie somewhere in time, found by it: what meets for a moment need not be compared over a whole film."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")

_ROUNDING = 1e-6


class Timeline(Generic[Item]):
    """Items with their first and last moment, in seconds or frames; a moment alone has both alike.

    Args:
        items: (first, last, item) in any order; those that begin together keep it.
    """

    def __init__(self, items: Iterable[tuple[float, float, Item]] = ()) -> None:
        self._rows = sorted(items, key=lambda row: row[0])
        self._starts = [first for first, _, _ in self._rows]
        self._longest = max((last - first for first, last, _ in self._rows), default=0.0)

    @property
    def items(self) -> list[Item]:
        """All of them, in order of their beginning."""
        return [item for _, _, item in self._rows]

    def add(self, first: float, last: float, item: Item) -> None:
        """One more."""
        place = bisect_right(self._starts, first)
        self._starts.insert(place, first)
        self._rows.insert(place, (first, last, item))
        self._longest = max(self._longest, last - first)

    def meeting(self, first: float, last: float) -> list[Item]:
        """What lies at least in part within [first, last], in order of its beginning."""
        begin = bisect_left(self._starts, first - self._longest - _ROUNDING)
        end = bisect_right(self._starts, last)
        return [item for _, until, item in self._rows[begin:end] if until >= first]
