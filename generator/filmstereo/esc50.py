"""ESC-50: Piczak, "ESC: Dataset for Environmental Sound Classification", ACM MM 2015."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from foleydesigner.generator.filmstereo.families import label_family
from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.licences import licence_id
from foleydesigner.generator.filmstereo.tables import folder_at, inside, rows_of


class Esc50:
    """`meta/esc50.csv`, `audio/`, and the credits of each clip in `LICENSE`.

    The collection is CC BY-NC 3.0 as a whole and CC BY 3.0 in its ESC-10 part, whatever a clip's source allowed.
    """

    collection = "esc50"
    _CREDIT = re.compile(r"^- \[([\w-]+)\.\w+\]:\s+clip derived from (.*) \((https?://\S+)\) by (.*) \[(.+)\]\s*$")

    def __init__(self, place: str) -> None:
        self._root = folder_at(place)

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """Its clips in the order of the table; see `Source`."""
        credits_of = self._credits()
        for row in rows_of(self._root / "meta" / "esc50.csv"):
            name, label = row.get("filename", ""), row.get("category", "")
            author, url, original = credits_of.get(name.rpartition(".")[0], ("", "", "not told"))
            small = row.get("esc10", "").lower() == "true"
            place = inside(self._root, f"audio/{name}") if name else None
            family = label_family("esc50", label)
            yield FoundSound(
                collection=self.collection,
                name=f"audio/{name}",
                title=label.replace("_", " "),
                author=author,
                licence="cc-by-3.0" if small else "cc-by-nc-3.0",
                url=url,
                data=place or b"",
                licence_from=f"LICENSE, {'ESC-10 part' if small else 'whole'}; the clip's source: {original}",
                family=family,
                words=label.replace("_", " "),
                fault=OUTSIDE if place is None else None if family else ("family", f"label {label!r}"),
            )

    def _credits(self) -> Mapping[str, tuple[str, str, str]]:
        try:
            lines = (self._root / "LICENSE").read_text("utf-8", "replace").splitlines()
        except OSError:
            return {}
        found = (self._CREDIT.match(line) for line in lines)
        return {f[1]: (f[4], f[3], licence_id(f[5])) for f in found if f}
