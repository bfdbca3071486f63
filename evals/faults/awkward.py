"""Films that are legal and unlike the others, each with the truth that a job on it is held against."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from foleydesigner.evals.faults.bouncing import Picture, card
from foleydesigner.evals.faults.filming import Film, write_film
from foleydesigner.evals.faults.judging import Fact, job_facts
from foleydesigner.evals.faults.sandbox import Outcome, Sandbox, job_leftovers
from foleydesigner.job import JobFolder
from foleydesigner.model import Line, Model

NTSC, FILM_NTSC = Fraction(30_000, 1001), Fraction(24_000, 1001)
_B_FRAMES = {"preset": "veryfast", "crf": "18", "bf": "3"}
_X265 = {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"}


def _steps(*pattern: int, times: int) -> list[int]:
    """Time stamps in milliseconds whose intervals repeat `pattern`."""
    return [0, *np.cumsum(pattern * times).tolist()]


def _cards(every: int) -> object:
    """A new still picture every so many frames."""

    def draw(number: int, _: float, width_px: int, height_px: int) -> Picture:
        return card(max(0, number) // every, width_px, height_px)

    return draw


FILMS: dict[str, Film] = {
    "variable rate, 17 to 60 ms": Film(suffix=".mkv", stamps_ms=_steps(25, 60, 40, 33, times=20)),
    "24 then 59 frames a second": Film(stamps_ms=[*_steps(42, times=24), *(1008 + np.cumsum([17] * 60)).tolist()]),
    "turned 90°": Film(rotation_deg=90),
    "turned 180°": Film(rotation_deg=180),
    "turned 270°, upright": Film(rotation_deg=270, width_px=108, height_px=192),
    "321 × 181, 4:4:4": Film(width_px=321, height_px=181, pix_fmt="yuv444p"),
    "321 × 181, 4:2:0": Film(width_px=321, height_px=181, codec="mpeg4", options={"qscale": "3"}),
    "upright": Film(width_px=108, height_px=192),
    "pixels of 64:45": Film(width_px=256, height_px=144, pixel_aspect=Fraction(64, 45)),
    "pixels of 8:9, upright": Film(suffix=".mkv", width_px=96, height_px=192, pixel_aspect=Fraction(8, 9)),
    "one frame a second": Film(rate=Fraction(1), frames=4, draw=_cards(1)),  # type: ignore[arg-type]
    "12 frames a second": Film(rate=Fraction(12), frames=36),
    "120 frames a second": Film(rate=Fraction(120), frames=240),
    "23.976, timecode": Film(suffix=".mov", rate=FILM_NTSC, frames=72, timecode="01:00:00:00"),
    "29.97 drop-frame": Film(suffix=".mov", rate=NTSC, frames=60, timecode="00:59:59;28"),
    "59.94 drop-frame": Film(suffix=".mov", rate=2 * NTSC, frames=90, timecode="10:00:00;04"),
    "10 bit": Film(pix_fmt="yuv420p10le"),
    "10 bit, HEVC": Film(codec="libx265", pix_fmt="yuv420p10le", options=_X265),
    "ProRes 4:2:2": Film(suffix=".mov", codec="prores_ks", pix_fmt="yuv422p10le", options={}),
    "AV1": Film(codec="libsvtav1", pix_fmt="yuv420p10le", options={"preset": "12", "svtav1-params": "lp=1"}),
    "VP9": Film(suffix=".webm", codec="libvpx-vp9", options={"cpu-used": "8", "deadline": "realtime", "crf": "20"}),
    "B-frames": Film(options=_B_FRAMES, frames=72),
    "B-frames in AVI": Film(suffix=".avi", codec="mpeg4", options={"bf": "2", "qscale": "3"}),
    "edit list that begins late": Film(start_s=Fraction(2)),
    "edit list that hides frames": Film(hidden=6, options=_B_FRAMES),
    "edit list that hides frames, intra": Film(suffix=".mov", hidden=9, codec="mjpeg", pix_fmt="yuvj420p", options={}),
    "Matroska that begins at 10 s": Film(suffix=".mkv", start_s=Fraction(10), options=_B_FRAMES),
    "transport stream": Film(suffix=".ts"),
    "transport stream that begins at 1 h": Film(suffix=".ts", container_options={"output_ts_offset": "3600"}),
    "transport stream whose clock wraps": Film(
        suffix=".ts", frames=72, container_options={"output_ts_offset": "95442"}, options=_B_FRAMES
    ),
    "fragmented": Film(container_options={"movflags": "frag_keyframe+empty_moov"}, options={**_B_FRAMES, "g": "12"}),
    "0.2 s": Film(rate=Fraction(25), frames=5),
    "one frame": Film(rate=Fraction(25), frames=1, ball=None),
    "16 × 16": Film(width_px=16, height_px=16, ball=None),
}
"""By name; small and short."""

HEAVY: dict[str, Film] = {
    "GOP of 10 s": Film(frames=24 * 20, options={"preset": "veryfast", "crf": "18", "g": "240", "bf": "3"}),
    "7680 × 4320": Film(width_px=7680, height_px=4320, frames=12, rate=Fraction(24), ball=None),
    "200 cuts": Film(frames=201 * 12, draw=_cards(12)),  # type: ignore[arg-type]
    "1 h of stills, one a second": Film(rate=Fraction(1), frames=3600, draw=_cards(30)),  # type: ignore[arg-type]
    "1 h of stills, ten in all": Film(
        suffix=".mkv", stamps_ms=(360_000 * np.arange(10)).tolist(), draw=_cards(1)  # type: ignore[arg-type]
    ),
}  # fmt: skip
"""By name; whole jobs on these take from half a minute to several."""

SHOTS = {"200 cuts": 201, "1 h of stills, one a second": 120, "1 h of stills, ten in all": 10}
"""How many shots a film has, where that is its point."""
PEAK_MB = 1024.0
"""Most that a job may take of memory, whatever the film."""
_HEAVY_LIMIT_S = 1800.0

NAMES: dict[str, tuple[str, str, str]] = {
    "Japanese": ("作業場", "無声映画 第一巻.mp4", "台本.fountain"),
    "Cyrillic": ("Мастерская", "Немой фильм №1.mp4", "Сценарий.txt"),
    "Arabic": ("ورشة", "فيلم صامت ١.mp4", "نص.fountain"),
    "Hebrew": ("סדנה", "סרט אילם.mp4", "תסריט.fountain"),
    "emoji": ("🎬🥁", "👩‍🚀 film 🎞️.mp4", "📜.fountain"),
    "NFC": ("caf\u00e9", "\u00dcbung.mp4", "sc\u00e8ne.fountain"),
    "NFD": ("cafe\u0301", "U\u0308bung.mp4", "sce\u0300ne.fountain"),
    "spaces and quotes": ("  two  'quoted' ", " a \"b\" 'c' .mp4", "it's $HOME `x`.fountain"),
    "leading dash": ("-rf", "-i.mp4", "--script.fountain"),
    "percent": ("%s%n", "100%d %03d.mp4", "%2e%2e.fountain"),
    "newline": ("one\ntwo", "a\nb.mp4", "c\td\ne.fountain"),
    "a protocol": ("file:", "concat:a|b.mp4", "http:x?y=#z&.fountain"),
    "markup": ("<b>&amp;", "<img src=x onerror=alert(1)>.mp4", "]]>.fountain"),
    "the longest": ("l" * 200, "n" * 251 + ".mp4", "s" * 246 + ".fountain"),
}
"""Folder, clip and screenplay as people and machines call them."""

SCREENPLAYS: dict[str, str] = {
    "Japanese": "INT. 作業場 - 夜\n\n木の床に鉄の玉が落ちる。 A steel ball drops and bounces.\n",
    "Cyrillic": "INT. МАСТЕРСКАЯ - НОЧЬ\n\nСтальной шар падает на пол. A steel ball drops and bounces.\n",
    "Arabic": "INT. ورشة - NIGHT\n\nتسقط كرة فولاذية على الأرض. A steel ball drops and bounces.\n",
    "Hebrew": "INT. סדנה - NIGHT\n\nכדור פלדה נופל על הרצפה. A steel ball drops and bounces.\n",
    "emoji": "INT. 🏭 - NIGHT\n\n🎱 A steel ball 🎱 drops and bounces 👍🏽.\n",
    "right-to-left marks": "INT. WORKSHOP - NIGHT\n\n\u202eA steel ball\u202c drops\u2066 and bounces\u2069.\n",
    "NFD": "INT. CAFE\u0301 - NIGHT\n\nA steel ball drops and bounces. Cre\u0300me bru\u0302le\u0301e.\n",
    "UTF-16": "INT. WORKSHOP - NIGHT\n\nA steel ball drops and bounces.\n",
}
"""Texts in which every job has to find the ball."""


class Case(Model):
    """How a job on one film went."""

    name: Line
    fault: str
    """What went wrong besides the figures; "" = nothing."""
    facts: tuple[Fact, ...] = ()
    wall_s: float = 0.0
    peak_mb: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the job ended well and every figure is what it has to be."""
        return not self.fault and bool(self.facts) and all(fact.right for fact in self.facts)


def run_film(name: str, film: Film, work: Path, sandbox: Sandbox) -> Case:
    """A whole job on one film through the command line, and its figures."""
    work.mkdir(parents=True, exist_ok=True)
    clip, folder = write_film(work / f"film{film.suffix}", film), work / "job"
    heavy = name in HEAVY
    ended = sandbox.foley("design", clip, "--out", folder, "--quiet", limit_s=_HEAVY_LIMIT_S if heavy else 120.0)
    fault = _fault(ended, folder)
    facts = () if fault else tuple(job_facts(film, JobFolder(folder)))
    if facts and name in SHOTS:
        from foleydesigner.graph.scripting import read_script

        facts += (Fact(name="shots", got=len(read_script(JobFolder(folder)).shots), expected=SHOTS[name]),)
    facts += (Fact(name="memory, MB", got=ended.peak_mb, expected=0.0, within=PEAK_MB),) if facts else ()
    return Case(name=name, fault=fault, facts=facts, wall_s=ended.wall_s, peak_mb=ended.peak_mb)


def run_name(name: str, work: Path, sandbox: Sandbox) -> Case:
    """A job on a film whose folder, name and screenplay are called as in `NAMES`, from within its folder."""
    return _run_named(f"names: {name}", NAMES[name], SCREENPLAYS["UTF-16"].encode("utf-8"), work, sandbox)


def run_text(name: str, work: Path, sandbox: Sandbox) -> Case:
    """A job on a screenplay of `SCREENPLAYS`, in the encoding that its name says, else UTF-8."""
    encoding = "utf-16" if name == "UTF-16" else "utf-8"
    names = ("job", "film.mp4", "scene.fountain")
    return _run_named(f"screenplay: {name}", names, SCREENPLAYS[name].encode(encoding), work, sandbox)


def _run_named(title: str, names: tuple[str, str, str], text: bytes, work: Path, sandbox: Sandbox) -> Case:
    folder_name, clip_name, script_name = names
    folder = work / folder_name
    folder.mkdir(parents=True, exist_ok=True)
    film = Film()
    write_film(folder / "plain.mp4", film).rename(folder / clip_name)
    (folder / script_name).write_bytes(text)
    # Names go in as they are, relative, as a person types them; "--" ends the options where a name begins with a dash.
    arguments = ("design", f"--script={script_name}", f"--out={folder_name}", "--quiet", "--", clip_name)
    ended = sandbox.foley(*arguments, cwd=folder, limit_s=120.0)
    job = JobFolder(folder / folder_name)
    fault = _fault(ended, job.root)
    facts = () if fault else (*job_facts(film, job), *text_facts(job, clip_name))
    return Case(name=title, fault=fault, facts=facts, wall_s=ended.wall_s, peak_mb=ended.peak_mb)


def _fault(ended: Outcome, folder: Path) -> str:
    """What is wrong with a job before any figure is looked at; "" = nothing."""
    return ended.fault or ("" if ended.code == 0 else ended.stderr[:300]) or ", ".join(job_leftovers(folder))


def text_facts(job: JobFolder, clip_name: str) -> tuple[Fact, ...]:
    """The screenplay's ball is among the events, the clip keeps its name, and no name reaches a file's."""
    from foleydesigner.graph.scripting import read_script

    script = read_script(job)
    asked = sum(bool(event.mention_ids) for event in script.events)
    odd = sum(not path.name.isascii() for path in job.root.rglob("*"))
    return (
        Fact(name="events that the screenplay asks for", got=float(asked > 0), expected=1.0),
        Fact(name="the clip's name is kept", got=float(script.clip.name == clip_name), expected=1.0),
        Fact(name="files with names beyond ASCII", got=odd, expected=0.0),
    )
