"""The sound taxonomy: which sound a clause of English asks for.

Two kinds of evidence are added up: the words themselves (a key names stems that have to stand together) and the
sentence embedding (cosine to the concept's example wordings), which carries wordings that no key foresees.

`python -m foleydesigner.tools.taxonomy TABLE.json` prints the share of a table's clauses that are matched right, and
the misses; with `--embed` in place of the table it computes the committed embeddings anew from `taxonomy.json`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foleydesigner.model import Identifier, Line, Model, Unit
from foleydesigner.script import EventKind, Family, Layer, Prominence, Size
from foleydesigner.tools.words import literal, stem_set, stems

Trigger = Literal["strike", "gait", "vehicle", "flash", "voice", "gesture", "texture"]
"""What in the picture sets the sound off: strike → contacts; gait → steps; vehicle → a steady mover; flash → a
luminance burst; voice → a jerk of head or body; gesture → a body or hand moving; texture → nothing, it is
everywhere."""

_TABLE = Path(__file__).parent / "taxonomy.json"
_VECTORS = Path(__file__).parent / "taxonomy_vectors.npz"

ACCEPT = 0.8
"""Least evidence that counts as a request for sound."""
COSINE_WEIGHT = 0.5
"""What a perfect embedding match adds to the words' evidence."""
COSINE_ALONE = 0.27
"""Added to the cosine when no key matches: an embedding alone is accepted from 0.53 upwards."""
KEY_SLOT = 0.12
"""What each further stem that a key asks for adds: the more specific key wins."""
NEUTRAL_PENALTY = 0.12
"""Taken off an embedding-only match that lies closer to a wording without sound."""

MAX_EMBEDDED = 1500
"""Different clauses of one call that are embedded (about 3 ms each); those beyond are matched by their words alone."""


class Concept(Model):
    """One kind of sound."""

    name: Identifier
    family: Family
    variant: str
    layer: Layer
    kind: EventKind
    trigger: Trigger
    needs_picture: bool
    """A viewer would expect to see its source."""
    prominence: Prominence
    ucs_id: str
    """Universal Category System CatID."""
    prompt: Line
    """What it sounds like, for a text-to-sound engine."""
    phrases: tuple[Line, ...]
    keys: tuple[Line, ...]
    """Stems that occur together: spaces part the slots, "/" the alternatives; "!x" forbids, "=w" weighs, "@g" is
    a group of the table."""
    material: str = ""
    surface: str = ""
    size: Size = "medium"


class ConceptMatch(NamedTuple):
    """A concept that a clause may ask for; `evidence` orders matches, `confidence` is in [0, 1]."""

    concept: Concept
    confidence: Unit
    evidence: float


class _Key(NamedTuple):
    slots: tuple[frozenset[str], ...]
    forbidden: frozenset[str]
    weight: float


class Taxonomy:
    """The table, ready to match. Get it from `taxonomy()`."""

    def __init__(self, table: Path = _TABLE, vectors: Path = _VECTORS) -> None:
        data = json.loads(table.read_text(encoding="utf-8"))
        groups: dict[str, str] = data["groups"]
        self.concepts: tuple[Concept, ...] = tuple(Concept.model_validate(row) for row in data["concepts"])
        self.neutral: tuple[str, ...] = tuple(data["neutral"])
        self._by_name = {c.name: c for c in self.concepts}
        self._keys: dict[str, list[tuple[int, _Key]]] = {}
        """Keys by the stems of their first slot, with the index of their concept."""
        for index, concept in enumerate(self.concepts):
            for key in (_parse_key(text, groups) for text in concept.keys):
                for stem in key.slots[0]:
                    self._keys.setdefault(stem, []).append((index, key))
        self._vectors_path = vectors
        self._anchors: NDArray[np.float32] | None = None
        self._owner = np.repeat(np.arange(len(self.concepts)), [len(c.phrases) for c in self.concepts])

    def concept(self, name: str) -> Concept:
        """The concept of that name; `KeyError` when there is none."""
        return self._by_name[name]

    def match(self, clause: str) -> list[ConceptMatch]:
        """What sound the clause asks for, best first; empty when it asks for none."""
        return self.match_all([clause])[0]

    def match_all(self, clauses: Sequence[str]) -> list[list[ConceptMatch]]:
        """`match` for many clauses with one run of the encoder; at most five matches a clause."""
        texts = [literal(clause) for clause in clauses]
        wanted = list(dict.fromkeys(text for text in texts if text))[:MAX_EMBEDDED]
        cosines = dict(zip(wanted, self._cosines(wanted), strict=True)) if wanted else {}
        beyond = np.zeros(len(self.concepts), dtype=np.float32), 0.0
        ranked = {text: self._rank(text, *cosines.get(text, beyond)) for text in dict.fromkeys(texts) if text}
        return [ranked.get(text, []) for text in texts]

    def phrases(self) -> tuple[str, ...]:
        """All wordings whose embeddings are kept, the neutral ones last."""
        return tuple(p for c in self.concepts for p in c.phrases) + self.neutral

    def digest(self) -> str:
        """SHA-256 of the wordings: tells whether the kept embeddings belong to this table."""
        return hashlib.sha256("\n".join(self.phrases()).encode()).hexdigest()

    def _rank(self, text: str, cosine: NDArray[np.float32], neutral: float) -> list[ConceptMatch]:
        words = stem_set(text)
        by_words: dict[int, float] = {}
        for word in words:
            for index, key in self._keys.get(word, ()):
                by_words[index] = max(by_words.get(index, 0.0), _evidence(key, words))
        close = np.flatnonzero(cosine + COSINE_ALONE >= ACCEPT)
        matches = []
        for index in sorted({*by_words, *close.tolist()}):
            concept, similarity, named = self.concepts[index], float(cosine[index]), by_words.get(index, 0.0)
            if named > 0.0:
                evidence = named + COSINE_WEIGHT * similarity
            else:
                evidence = similarity + COSINE_ALONE - (NEUTRAL_PENALTY if neutral > similarity else 0.0)
            if evidence >= ACCEPT:
                confidence = min(1.0, max(similarity, 0.6 * min(named, 1.0) + 0.4 * max(similarity, 0.0)))
                matches.append(ConceptMatch(concept, round(confidence, 4), evidence))
        return sorted(matches, key=lambda m: (-m.evidence, m.concept.name))[:5]

    def _cosines(self, texts: Sequence[str]) -> list[tuple[NDArray[np.float32], float]]:
        from foleydesigner.tools.embeddings import sentence_encoder

        anchors = self._load_anchors()
        similarity = sentence_encoder().encode(texts) @ anchors.T
        split = len(self._owner)
        starts = np.searchsorted(self._owner, np.arange(len(self.concepts)))
        best = np.maximum.reduceat(similarity[:, :split], starts, axis=1)
        return [(best[row], float(similarity[row, split:].max())) for row in range(len(texts))]

    def _load_anchors(self) -> NDArray[np.float32]:
        if self._anchors is None:
            with np.load(self._vectors_path) as kept:
                current = str(kept["digest"]) == self.digest()
                anchors = kept["vectors"].astype(np.float32) * float(kept["scale"])
            self._anchors = _unit(anchors) if current else self.embed_phrases()
        return self._anchors

    def embed_phrases(self) -> NDArray[np.float32]:
        """Embeddings of `phrases()`, shape (phrases, 384); takes seconds, which is why they are kept in a file."""
        from foleydesigner.tools.embeddings import sentence_encoder

        return sentence_encoder().encode(self.phrases())

    def save_vectors(self) -> Path:
        """Write the embeddings, quantised to 8 bits, beside the table."""
        vectors = self.embed_phrases()
        scale = float(np.abs(vectors).max()) / 127.0
        quantised = np.round(vectors / scale).astype(np.int8)
        np.savez(self._vectors_path, vectors=quantised, scale=np.float32(scale), digest=np.array(self.digest()))
        return self._vectors_path


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _parse_key(key: str, groups: dict[str, str]) -> _Key:
    body, _, weight = key.partition("=")
    slots: list[frozenset[str]] = []
    forbidden: set[str] = set()
    for slot in body.split():
        bases = [
            base
            for word in slot.removeprefix("!").split("/")
            for base in (groups[word[1:]].split() if word.startswith("@") else [word])
        ]
        alternatives = frozenset("_".join(stems(part)[0] for part in base.split("_")) for base in bases)
        if slot.startswith("!"):
            forbidden |= alternatives
        else:
            slots.append(alternatives)
    return _Key(tuple(slots), frozenset(forbidden), float(weight) if weight else 1.0)


def _evidence(key: _Key, words: frozenset[str]) -> float:
    if key.forbidden & words or not all(slot & words for slot in key.slots):
        return 0.0
    return key.weight + KEY_SLOT * (len(key.slots) - 1)


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The process's taxonomy, read at the first call."""
    return Taxonomy()


def is_right(matches: Sequence[ConceptMatch], expected: Iterable[str]) -> bool:
    """Whether the best match is one of `expected` ("family/variant", "family/" for any variant; none for no sound)."""
    wanted = tuple(expected)
    if not matches or not wanted:
        return not matches and not wanted
    best = matches[0].concept
    return any(w in (f"{best.family}/{best.variant}", f"{best.family}/") for w in wanted)


def main(arguments: Sequence[str]) -> int:
    """Score a table of clauses, or rebuild the embeddings."""
    if list(arguments) == ["--embed"]:
        sys.stdout.write(f"{taxonomy().save_vectors()}\n")
        return 0
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m foleydesigner.tools.taxonomy TABLE.json | --embed\n")
        return 2
    rows = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    results = taxonomy().match_all([row["clause"] for row in rows])
    misses = [(row, found) for row, found in zip(rows, results, strict=True) if not is_right(found, row["expect"])]
    for row, found in misses:
        got = ", ".join(f"{m.concept.name} {m.evidence:.2f}" for m in found[:3]) or "none"
        sys.stdout.write(f"missed: {row['clause']}  expected {' | '.join(row['expect']) or 'none'}, got {got}\n")
    sys.stdout.write(f"{len(rows) - len(misses)} of {len(rows)} right ({100 * (1 - len(misses) / len(rows)):.1f} %)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
