"""Every layout, made on the fly; names from strangers lead nowhere."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from foleydesigner.errors import ConfigurationError, DatasetError
from foleydesigner.generator.filmstereo.found import OUTSIDE, FoundSound
from foleydesigner.generator.filmstereo.packages import catalogue, fetch_package, package_files, sounds_in, zip_members
from foleydesigner.generator.filmstereo.procedural_fill import ProceduralFill
from foleydesigner.generator.filmstereo.sources import parse_source

from .sounds import COPYRIGHT, catalogue_of, csv_of, hit, ogg, put, wav


def found(source: str, cache: Path) -> list[FoundSound]:
    return list(parse_source(source).find(cache))


def zip_of(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


@pytest.mark.parametrize("text", ["", "folder", "folder:", "ftp:x", "debian:"])
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no source"):
        parse_source(text)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for kind in ("folder", "esc50", "fsd50k", "audiocaps"):
        with pytest.raises(DatasetError, match="is no folder"):
            parse_source(f"{kind}:{tmp_path / 'none'}")
    with pytest.raises(DatasetError, match="cannot be read"):
        found(f"csv:{tmp_path / 'none.csv'}", tmp_path)


def test_a_folder_of_ucs_names(tmp_path: Path) -> None:
    root = tmp_path / "lib"
    put(root / "DOORWood_Wooden Door Slam_JD_Lib.wav", wav(hit(1)))
    put(root / "sub" / "heavy rain on a roof.flac", wav(hit(2), kind="FLAC"))
    put(root / "own.ogg", ogg(hit(3), artist="Bart", license="CC0 1.0"))
    put(root / "README.txt", "Jane (CC BY 3.0):\n  own2.wav\n")
    put(root / "own2.wav", wav(hit(4)))
    put(root / "LICENSE", "Creative Commons Attribution-ShareAlike 4.0 International\n\ntext")
    put(root / "notes.pdf", b"no sound")
    (root / "out.wav").symlink_to(put(tmp_path / "secret.wav", wav(hit(5))))
    told = {f.name: f for f in found(f"folder:{root}", tmp_path)}
    door = told["DOORWood_Wooden Door Slam_JD_Lib.wav"]
    assert (door.family, door.title, door.author, door.licence) == ("door", "Wooden Door Slam", "JD", "cc-by-sa-4.0")
    assert door.licence_from == "LICENSE, for the whole folder"
    rain = told["sub/heavy rain on a roof.flac"]
    assert (rain.family, rain.title, rain.licence) == (None, "heavy rain on a roof", "cc-by-sa-4.0")
    assert (told["own.ogg"].licence, told["own.ogg"].author) == ("cc0-1.0", "Bart")
    assert (told["own2.wav"].licence, told["own2.wav"].author) == ("cc-by-3.0", "Jane")
    assert told["out.wav"].fault == OUTSIDE
    assert told["out.wav"].data == b""
    assert set(told) == {door.name, rain.name, "own.ogg", "own2.wav", "out.wav"}
    assert {f.collection for f in told.values()} == {"folder:lib"}


def test_a_folder_without_papers_has_unknown_licences(tmp_path: Path) -> None:
    put(tmp_path / "lib" / "a door slams.wav", wav())
    (only,) = found(f"folder:{tmp_path / 'lib'}", tmp_path)
    assert (only.licence, only.author) == ("unknown", "")


def test_a_table(tmp_path: Path) -> None:
    put(tmp_path / "a.wav", wav())
    path = put(
        tmp_path / "list.csv",
        "Filename;Caption;License;Artist;URL;Family\na.wav;a door slams;CC-BY 4.0;Jane;https://x.org/1;door\n"
        "../a.wav;up;CC0;;;\n/etc/passwd;up;CC0;;;\n;nothing;CC0;;;\nnone.wav;gone;;;;room tone\n",
    )
    told = found(f"csv:{path}", tmp_path)
    assert told[0] == FoundSound(
        collection="csv:list", name="a.wav", title="a door slams", author="Jane", licence="cc-by-4.0",
        url="https://x.org/1", data=(tmp_path / "a.wav").resolve(), licence_from="column of list.csv", family="door",
        words="a.wav",
    )  # fmt: skip
    assert [f.fault for f in told[1:]] == [OUTSIDE, OUTSIDE, OUTSIDE, None]
    assert (told[4].licence, told[4].family, told[4].name) == ("unknown", "room_tone", "none.wav")
    assert told[3].name == "row 5"


def test_a_table_without_its_columns_is_one_line(tmp_path: Path) -> None:
    bad = put(tmp_path / "l.csv", "file,title\na.wav,x\n")
    with pytest.raises(DatasetError, match="no column for the licence"):
        found(f"csv:{bad}", tmp_path)
    with pytest.raises(DatasetError, match="cannot be read"):
        found(f"csv:{put(tmp_path / 'b.csv', bytes([0xFF, 0xFE, 0x00]))}", tmp_path)


def test_esc50(tmp_path: Path) -> None:
    put(
        tmp_path / "meta" / "esc50.csv",
        "filename,fold,target,category,esc10,src_file,take\n1-100-A.wav,1,0,dog,True,100,A\n"
        "1-200-A.wav,1,11,sea_waves,False,200,A\n1-300-A.wav,1,99,unheard_of,False,300,A\n",
    )
    put(
        tmp_path / "LICENSE",
        "- [1-100-A.ogg]: clip derived from bark (loud).wav (http://www.freesound.org/people/nf/sounds/100/) "
        "by nf [CC0]\n",
    )
    dog, sea, odd = found(f"esc50:{tmp_path}", tmp_path)
    assert (dog.family, dog.title, dog.author, dog.licence) == ("animal", "dog", "nf", "cc-by-3.0")
    assert dog.url.endswith("/sounds/100/")
    assert "the clip's source: cc0-1.0" in dog.licence_from
    assert (sea.family, sea.licence, sea.title) == ("water", "cc-by-nc-3.0", "sea waves")
    assert odd.fault == ("family", "label 'unheard_of'")


def test_fsd50k(tmp_path: Path) -> None:
    put(
        tmp_path / "FSD50K.ground_truth" / "dev.csv",
        'fname,labels,mids,split\n64760,"Bark,Dog,Animal",/m/1,train\n16399,"Dog,Car",/m/1,val\n'
        '55,"Accordion,Music",/m/1,val\n../7,Bark,/m/1,val\n',
    )
    put(tmp_path / "FSD50K.ground_truth" / "eval.csv", "fname,labels,mids\n9,Slam,/m/2\n")
    info = {"64760": {"title": "Rex.wav", "license": "http://creativecommons.org/licenses/by/3.0/", "uploader": "Al"}}
    put(tmp_path / "FSD50K.metadata" / "dev_clips_info_FSD50K.json", json.dumps(info))
    put(tmp_path / "FSD50K.metadata" / "eval_clips_info_FSD50K.json", "{}")
    bark, two, tune, up, slam = found(f"fsd50k:{tmp_path}", tmp_path)
    assert (bark.family, bark.title, bark.author, bark.licence) == ("animal", "bark", "Al", "cc-by-3.0")
    assert bark.name == "FSD50K.dev_audio/64760.wav"
    assert bark.url == "https://freesound.org/s/64760/"
    assert two.fault == ("several_events", "Dog, Car")
    assert tune.fault == ("family", "Accordion, Music")
    assert up.fault == OUTSIDE
    assert (slam.family, slam.licence, slam.title) == ("door", "unknown", "a door slams")
    put(tmp_path / "FSD50K.metadata" / "dev_clips_info_FSD50K.json", "[" * 100_000)
    with pytest.raises(DatasetError, match="cannot be read"):
        found(f"fsd50k:{tmp_path}", tmp_path)


def test_audiocaps(tmp_path: Path) -> None:
    put(
        tmp_path / "train.csv",
        "audiocap_id,youtube_id,start_time,caption\n1,abc,30,A dog barks\n2,abc,30,A dog is barking\n3,xyz,1,Rain\n",
    )
    put(tmp_path / "audio" / "abc_30.wav", wav())
    dog, rain = found(f"audiocaps:{tmp_path}", tmp_path)
    assert (dog.name, dog.title, dog.licence) == ("audio/abc_30.wav", "A dog barks", "unknown")
    assert dog.url == "https://www.youtube.com/watch?v=abc&t=30s"
    assert rain.fault == ("missing", "no sound of that clip")


def unpacked(cache: Path, package: str = "game") -> Path:
    root = cache / "debian" / package
    put(root / "usr/share/doc" / package / "copyright", COPYRIGHT)
    put(root / "usr/share/game/sound/footsteps/wood1.wav", wav(hit(1)))
    put(root / "usr/share/game/pack.pk3", zip_of(**{"../../sound/footsteps/up.wav": wav(hit(2)), "doc.txt": b"x"}))
    put(root / "usr/share/game/sounds/chime.wav", wav(hit(3)))
    return root


def test_a_debian_package(tmp_path: Path) -> None:
    unpacked(tmp_path)
    told = found("debian:game", tmp_path)
    assert [f.name for f in told] == [
        "usr/share/game/pack.pk3!../../sound/footsteps/up.wav",
        "usr/share/game/sound/footsteps/wood1.wav",
        "usr/share/game/sounds/chime.wav",
    ]
    up, wood, chime = told
    assert (wood.family, wood.title, wood.licence) == ("footsteps", "footstep on wood", "cc-by-sa-3.0")
    assert wood.author == "Ann Author; Bob Builder"
    assert wood.licence_from == "copyright file, sound/footsteps/*"
    assert wood.url == "https://example.org/game"
    assert up.family == "footsteps"
    assert chime.fault == ("family", "no rule names it, or one leaves it out")
    assert chime.licence == "gpl-2.0-or-later"
    # A hostile member is a name, and nothing was written for it.
    assert sorted(p.name for p in tmp_path.rglob("*.wav")) == ["chime.wav", "wood1.wav"]
    assert not list(tmp_path.rglob("up.wav"))


def test_a_catalogue_tells_title_author_and_licence(tmp_path: Path) -> None:
    root = tmp_path / "debian" / "openttd-opensfx"
    entry = '"Sheep". Original "field.wav" by David. Edited by "Wuzzy". License: Creative Commons Zero 1.0.'
    put(root / "usr/share/games/openttd/baseset/opensfx/opensfx.cat", catalogue_of((entry, wav(hit(1)))))
    readme = '* "David"\n    * field.wav\n      https://freesound.org/s/1/\n'
    put(root / "usr/share/doc/openttd-opensfx/readme.txt", readme)
    (sheep,) = found("debian:openttd-opensfx", tmp_path)
    assert (sheep.title, sheep.family, sheep.licence) == ("Sheep", "animal", "cc0-1.0")
    assert sheep.author == 'Original "field.wav" by David. Edited by "Wuzzy"'
    assert sheep.url == "https://freesound.org/s/1/"
    assert sheep.licence_from == "catalogue entry"


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb builds the package")
def test_a_package_is_read_without_unpacking_it(tmp_path: Path) -> None:
    root = unpacked(tmp_path / "made")
    told = found("debian:game", tmp_path / "made")
    control = "Package: game\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n"
    put(root / "DEBIAN" / "control", control)
    (tmp_path / "debian").mkdir()
    subprocess.run(["dpkg-deb", "-b", str(root), str(tmp_path / "debian" / "game_1_all.deb")], check=True, timeout=60)
    assert found("debian:game", tmp_path) == told
    assert [p.name for p in (tmp_path / "debian").iterdir()] == ["game_1_all.deb"]
    put(tmp_path / "debian" / "game_1_all.deb", b"no package")
    with pytest.raises(DatasetError, match="cannot be read"):
        found("debian:game", tmp_path)


def test_a_package_that_cannot_be_had_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatasetError, match="cannot be fetched"):
        fetch_package("game", tmp_path / "cache")


def test_links_in_a_package_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a.wav").symlink_to(put(tmp_path / "secret.wav", wav()))
    assert list(package_files(tmp_path / "pack")) == []


def test_damaged_archives_give_what_they_have() -> None:
    whole = zip_of(**{"a.wav": wav(), "b.wav": wav(hit(1))})
    assert [name for name, _ in zip_members(whole)] == ["a.wav", "b.wav"]
    assert list(zip_members(b"no zip")) == []
    assert list(sounds_in("x.pk3", b"no zip")) == []
    torn = bytearray(whole)
    torn[60:80] = bytes(20)
    assert dict(zip_members(bytes(torn)))["a.wav"] == b""
    cat = catalogue_of(("Sheep", b"abc"), ("Cow", b"defg"))
    assert list(catalogue(cat)) == [("Sheep", b"abc"), ("Cow", b"defg")]
    assert list(catalogue(b"")) == []
    assert list(catalogue(b"\xff" * 64)) == []


def test_procedural_takes_are_marked_and_kept(tmp_path: Path) -> None:
    fill = ProceduralFill(["rain", "bell"], takes=2)
    told = list(fill.find(tmp_path))
    assert [f.family for f in told] == ["rain", "rain", "bell", "bell"]
    assert {f.licence for f in told} == {"generated"}
    assert all(f.author.startswith("FoleyDesigner") and f.licence_from.endswith("no recording") for f in told)
    made = {f.data: f.data.stat().st_mtime_ns for f in told if isinstance(f.data, Path)}
    assert len(made) == 4
    assert list(fill.find(tmp_path)) == told
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_procedural_takes_fill_what_is_missing() -> None:
    asked = parse_source("procedural")
    assert isinstance(asked, ProceduralFill)
    assert asked.families is None
    everything_but = frozenset(set(ProceduralFill.named("rain,cloth,wind").families or ()) ^ {"wind"})
    assert everything_but == {"rain", "cloth"}
    missing = asked.missing(frozenset({"rain"})).families
    assert missing is not None
    assert "rain" not in missing
    assert len(missing) == 22
    named = ProceduralFill.named("cloth")
    assert named.missing(frozenset({"cloth"})) is named
    with pytest.raises(ConfigurationError, match="no family is called 'thunderbolt'"):
        parse_source("procedural:thunderbolt")


def test_csv_helper_is_what_the_adapter_reads(tmp_path: Path) -> None:
    path = csv_of(tmp_path, [("a.wav", "a dog, barking", "cc0")])
    assert [f.title for f in found(f"csv:{path}", tmp_path)] == ["a dog, barking"]
