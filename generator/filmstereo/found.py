"""What an adapter hands over: a sound as it lies in its collection, and everything that is told of it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foleydesigner.script import Family

OUTSIDE = ("path", "leads out of the collection")
"""The fault of a name that is not followed."""


@dataclass(frozen=True, slots=True)
class FoundSound:
    """One sound of a collection.

    Attributes:
        collection: where it is from ("debian:minetest-data").
        name: its path inside the collection; a name only, never a place to write to.
        title: what it is, in words.
        author: whom it is to be credited to; "" where nobody is named.
        licence: as `licences.licence_id` has it; "unknown" where nothing tells.
        url: where it is from.
        data: its bytes, or where they lie.
        licence_from: how its licence was found, in words.
        family: where the collection's own labels or rules tell it; None: the title is asked.
        words: more words that tell of kind and size.
        fault: reason and detail when the adapter itself found it unusable.
    """

    collection: str
    name: str
    title: str
    author: str
    licence: str
    url: str
    data: bytes | Path
    licence_from: str = ""
    family: Family | None = None
    words: str = ""
    fault: tuple[str, str] | None = None


class Source(Protocol):
    """A collection of sounds, whatever it is laid out like."""

    collection: str

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its sounds, in an order that is always the same.

        Args:
            cache: folder for what has to be fetched or made first.

        Raises:
            DatasetError: the collection is not there, or not laid out as it should be.
        """
        ...
