"""The sound taxonomy: its table, and how well it reads English."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from foleydesigner.script import FAMILIES, SoundEvent
from foleydesigner.tools.taxonomy import is_right, main, taxonomy

HERE = Path(__file__).parent


def share_right(table: str) -> tuple[float, list[str]]:
    rows = json.loads((HERE / table).read_text(encoding="utf-8"))
    found = taxonomy().match_all([row["clause"] for row in rows])
    misses = [row["clause"] for row, matches in zip(rows, found, strict=True) if not is_right(matches, row["expect"])]
    return 1 - len(misses) / len(rows), misses


def test_nine_of_ten_clauses_are_matched_right():
    share, misses = share_right("taxonomy_clauses.json")
    assert share >= 0.9, misses


def test_wordings_that_were_not_tuned_on_are_matched_too():
    share, misses = share_right("taxonomy_held_out.json")
    assert share >= 0.85, misses


def test_every_family_has_concepts_with_wordings_and_legal_fields():
    concepts = taxonomy().concepts
    assert {c.family for c in concepts} == set(FAMILIES)
    assert len({c.name for c in concepts}) == len(concepts) >= 90
    pattern = SoundEvent.model_fields["ucs_id"].metadata[0].pattern
    for concept in concepts:
        assert 2 <= len(concept.phrases) <= 8, concept.name
        assert re.match(pattern, concept.ucs_id), concept.name
        assert concept.prompt


def test_every_concept_is_found_by_most_of_its_own_wordings():
    table = taxonomy()
    wordings = [(c, p) for c in table.concepts for p in c.phrases]
    found = table.match_all([p for _, p in wordings])
    kept = [bool(m) and m[0].concept.family == c.family for (c, _), m in zip(wordings, found, strict=True)]
    assert np.mean(kept) > 0.9


def test_unseen_words_are_matched_by_meaning():
    (best, *_) = taxonomy().match("The spaniel is yapping away")
    assert (best.concept.family, best.concept.variant) == ("animal", "dog")
    assert 0.0 < best.confidence <= 1.0


@pytest.mark.parametrize("text", ["", "   ", "…", "123", "ドアが開く", "\U0001f436", "x" * 5000])
def test_text_without_english_is_matched_to_nothing_or_something_without_error(text: str):
    assert all(0.0 <= m.confidence <= 1.0 for m in taxonomy().match(text))


def test_the_kept_embeddings_belong_to_the_table():
    table = taxonomy()
    with np.load(HERE.parents[1] / "tools" / "taxonomy_vectors.npz") as kept:
        assert str(kept["digest"]) == table.digest()
        assert kept["vectors"].shape == (len(table.phrases()), 384)


def test_unknown_concept_is_a_key_error():
    assert taxonomy().concept("dog").ucs_id == "ANMLDog"
    with pytest.raises(KeyError):
        taxonomy().concept("unicorn")


def test_the_command_prints_the_share_and_the_misses(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    table = tmp_path / "table.json"
    table.write_text(
        json.dumps([{"clause": "A dog barks.", "expect": ["animal/dog"]}, {"clause": "Rain.", "expect": []}])
    )
    assert main([str(table)]) == 0
    out = capsys.readouterr().out
    assert "1 of 2 right (50.0 %)" in out
    assert "missed: Rain.  expected none, got rain" in out
    assert main([]) == 2
