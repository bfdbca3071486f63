"""FSD50K: Fonseca et al., "FSD50K: an Open Dataset of Human-Labeled Sound Events", IEEE/ACM TASLP 30, 2022."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from foleydesigner.errors import DatasetError
from foleydesigner.generator.filmstereo.families import table
from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.licences import licence_id
from foleydesigner.generator.filmstereo.tables import folder_at, inside, rows_of
from foleydesigner.script import FAMILIES, Family


class Fsd50k:
    """Ground truth by clip and split, and Freesound's own words on each clip.

    Folders are named as its archives unpack: `FSD50K.ground_truth`, `FSD50K.metadata`, and
    `FSD50K.dev_audio` and `FSD50K.eval_audio`.
    """

    collection = "fsd50k"

    def __init__(self, place: str) -> None:
        self._root = folder_at(place)

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its clips, the development set first, in the order of the tables; see `Source`."""
        for split in ("dev", "eval"):
            truth = self._root / "FSD50K.ground_truth" / f"{split}.csv"
            if split == "eval" and not truth.is_file():
                return
            told = _json_table(self._root / "FSD50K.metadata" / f"{split}_clips_info_FSD50K.json")
            for row in rows_of(truth):
                yield self._found(split, row.get("fname", ""), row.get("labels", "").split(","), told)

    def _found(self, split: str, clip: str, labels: list[str], told: Mapping[str, Any]) -> FoundSound:
        name = f"FSD50K.{split}_audio/{clip}.wav"
        place = inside(self._root, name) if clip.isdigit() else None
        info = told.get(clip)
        info = info if isinstance(info, dict) else {}
        families = label_families(labels)
        fault = OUTSIDE if place is None else None
        if fault is None and len(families) != 1:
            fault = ("several_events", ", ".join(labels)) if families else ("family", ", ".join(labels))
        elif fault is None and families[0] not in FAMILIES:
            fault = ("family", ", ".join(labels))
        return FoundSound(
            collection=self.collection,
            name=name,
            title=label_title(labels[0]),
            author=str(info.get("uploader", "")),
            licence=licence_id(str(info.get("license", ""))),
            url=f"https://freesound.org/s/{clip}/" if clip.isdigit() else "",
            data=place or b"",
            licence_from=f"{split}_clips_info_FSD50K.json",
            family=cast(Family, families[0]) if fault is None else None,
            words=f"{' '.join(labels).replace('_', ' ')} {info.get('title', '')}",
            fault=fault,
        )


def label_families(labels: list[str]) -> list[str]:
    """The families that labels speak of; a label that another implies, or that stands above all families, is none."""
    data = table("labels")
    implied = {above for label in labels for above in data["fsd50k_implied"].get(label, ())}
    known = [data["fsd50k"].get(label, "other") for label in labels if label not in implied]
    return list(dict.fromkeys(family for family in known if family))


def label_title(label: str) -> str:
    """A label of FSD50K as a caption: its own words, of synonyms the first."""
    told = table("labels")["fsd50k_titles"].get(label)
    return str(told or label.split("_and_", maxsplit=1)[0].replace("_", " ").lower())


def _json_table(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            f"{path} cannot be read ({error})", "FSD50K's table of clips", "unpack its metadata"
        ) from error
    return data if isinstance(data, dict) else {}
