"""Licences as people write them, DEP-5, and credits in texts."""

from __future__ import annotations

import pytest

from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.filmstereo import credits as crediting
from foleydesigner.generator.filmstereo.dep5 import covering, covering_tail, read_stanzas
from foleydesigner.generator.filmstereo.licences import (
    licence_id,
    licence_url,
    names_a_seller,
    parse_allowed,
    permitted,
    usual_licences,
)

from .sounds import COPYRIGHT, hit, ogg


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("Creative Commons Attribution 3.0 Unported", "cc-by-3.0"), ("Creative Commons Zero 1.0.", "cc0-1.0"),
        ("Creative Commons Attribution-ShareAlike 3.0 Unported", "cc-by-sa-3.0"), ("CC BY-SA 4.0", "cc-by-sa-4.0"),
        ("GPL-2+", "gpl-2.0-or-later"), ("GPL-2", "gpl-2.0-only"), ("LGPL-2.1+", "lgpl-2.1-or-later"),
        ("GNU General Public License version 3 or any later version", "gpl-3.0-or-later"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"), ("Expat", "mit"), ("WTFPL", "wtfpl"),
        ("https://creativecommons.org/licenses/by-nc/3.0/", "cc-by-nc-3.0"), ("public-domain", "public-domain"),
        ("http://creativecommons.org/licenses/sampling+/1.0/", "cc-sampling-plus-1.0"), ("", "unknown"),
        ("BSD-2-clause", "bsd-2-clause"), ("GPL-2+ or CDDL", "gpl-2.0-or-later or cddl-1.1"),
        ("all rights reserved", "unknown"), ("cc-by", "cc-by-unversioned"), ("generated", "generated"),
        ("permitted for humans", "unknown"),
    ],
)  # fmt: skip
def test_what_people_write_becomes_one_word(text: str, licence: str) -> None:
    assert licence_id(text) == licence
    assert licence_id(licence) == licence


def test_groups_allow_their_own_and_no_others() -> None:
    assert permitted("cc-by-3.0", {"cc-by"})
    assert not permitted("cc-by-sa-3.0", {"cc-by"})
    assert not permitted("cc-by-nc-4.0", {"cc-by", "cc-by-sa"})
    assert permitted("cc-by-3.0", {"cc-by-3.0"})
    assert not permitted("cc-by-4.0", {"cc-by-3.0"})
    assert permitted("gpl-2.0-or-later or cddl-1.1", {"gpl"})
    assert permitted("cc0-1.0 and cc-by-3.0", {"cc0", "cc-by"})
    assert not permitted("cc0-1.0 and cc-by-3.0", {"cc0"})
    assert permitted("generated", {"cc0"})
    assert not permitted("unknown", usual_licences())
    assert not any(permitted(x, usual_licences()) for x in ("cc-by-nc-3.0", "cc-by-nd-4.0", "cc-sampling-plus-1.0"))


def test_the_command_line_s_words_are_checked() -> None:
    assert parse_allowed("cc0, CC-BY,gpl-2.0-only") == {"cc0", "cc-by", "gpl-2.0-only"}
    with pytest.raises(ConfigurationError, match="no licence is called 'freeware'"):
        parse_allowed("cc0,freeware")
    with pytest.raises(ConfigurationError, match="no licence is allowed"):
        parse_allowed(" , ")


def test_texts_of_licences_have_addresses() -> None:
    assert licence_url("cc-by-sa-3.0") == "https://creativecommons.org/licenses/by-sa/3.0/"
    assert licence_url("gpl-2.0-or-later") == "https://spdx.org/licenses/GPL-2.0-or-later.html"
    assert licence_url("mit") == "https://spdx.org/licenses/MIT.html"
    assert licence_url("generated") == licence_url("unknown") == ""


def test_dep5_gives_the_last_paragraph_that_matches() -> None:
    stanzas = read_stanzas(COPYRIGHT)
    assert [s.licence for s in stanzas] == ["GPL-2+", "CC-BY-SA-3.0"]
    assert stanzas[1].holders == "Ann Author; Bob Builder"
    found = covering(stanzas, "sound/footsteps/deep/wood1.wav")
    assert found is stanzas[1]
    assert covering(stanzas, "sound/doors/door1.wav") is stanzas[1]
    assert covering(stanzas, "sound/doors/door12.wav") is stanzas[0]
    assert covering_tail(stanzas, "usr/share/game/sound/footsteps/wood1.wav") is stanzas[1]
    assert read_stanzas("Just a note. License: none") == ()
    assert read_stanzas("Format: x\n\nFiles: a\\*b\nLicense: MIT\n")[0].matches("a*b")
    assert not read_stanzas("Format: x\n\nFiles: a\\*b\nLicense: MIT\n")[0].matches("axb")


README = """Sounds
Dan Door (CC BY 3.0):
https://example.org/dan/1
  door_open.ogg
  step.*.ogg

glass_open.ogg, glass_close.ogg:
  https://www.freesound.org/people/Sam%20Sand/sounds/2/ (CC0 1.0)
Steel sounds (CC-BY-SA-3.0) by Hazel
  - http://example.org/3
  steel.ogg

burn.ogg
edited from flare.wav
by Frank (CC0 1.0)

mentioned.ogg is loud
"""


@pytest.mark.parametrize(
    ("name", "author", "licence", "url"),
    [
        ("a/door_open.ogg", "Dan Door", "cc-by-3.0", "https://example.org/dan/1"),
        ("step.3.ogg", "Dan Door", "cc-by-3.0", "https://example.org/dan/1"),
        ("glass_close.ogg", "Sam Sand", "cc0-1.0", "https://www.freesound.org/people/Sam%20Sand/sounds/2/"),
        ("steel.ogg", "Hazel", "cc-by-sa-3.0", "http://example.org/3"), ("burn.ogg", "Frank", "cc0-1.0", ""),
    ],
)  # fmt: skip
def test_a_text_credits_the_files_that_it_names(name: str, author: str, licence: str, url: str) -> None:
    credit = crediting.from_text(README, name, "README.txt")
    assert credit == crediting.Credit(author, licence, "README.txt names the file", url)


def test_a_text_says_nothing_of_files_that_it_does_not_name() -> None:
    for name in ("oor_open.ogg", "door_open2.ogg", "mentioned.ogg", "other.ogg"):
        assert crediting.from_text(README, name, "README.txt") is None


def test_tags_tell_licences_and_sellers() -> None:
    tags, credit = crediting.from_tags(ogg(hit(), artist="Bart", license="CC0 1.0"))
    assert (tags["artist"], credit) == ("Bart", crediting.Credit("Bart", "cc0-1.0", "tag inside the file"))
    _, credit = crediting.from_tags(ogg(hit(), artist="Download - SoundDogs", license="CC0 1.0"))
    assert credit is not None
    assert credit.licence == "unknown"
    assert crediting.from_tags(b"nothing") == ({}, None)
    assert names_a_seller("The Hollywood Edge")
    assert not names_a_seller("an edge of wood")


def test_a_whole_licence_text_is_known_by_its_head() -> None:
    text = "\n\n   GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n\n body"
    assert crediting.whole_licence("Attribution 4.0 International\n\ncc-by-4.0") == "cc-by-4.0"
    assert crediting.whole_licence(text).startswith("gpl-")
    assert crediting.whole_licence("Buy it.") == "unknown"
