"""report.html: one page that shows what was seen, decided, made and measured, without a single outside request.

The template escapes every text; figures arrive as numbers. A content security policy admits the page's own script by
its hash and nothing from a network, so that even a label that slipped through could not act.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from foleydesigner.cues import EventCue
from foleydesigner.evidence import PictureEvidence
from foleydesigner.files import atomic_path
from foleydesigner.job import JobFolder
from foleydesigner.mix import LoudnessReport, MixPlan, MixSettings, TrackAnalysis
from foleydesigner.plain import one_line
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript
from foleydesigner.search import SearchRecord
from foleydesigner.text import StructuredText
from foleydesigner.tools.delivery.loudness_report import ProfileName
from foleydesigner.tools.delivery.provenance import Provenance

if TYPE_CHECKING:
    import jinja2
    from jinja2.environment import TemplateStream

_FOLDER = Path(__file__).parent
_PIECES = 64
"""Of the page, written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """All that the page is made from. Only evidence and script are required of a job that stopped early.

    Attributes:
        structured_texts: every FilmScribe revision, oldest first.
        analyses, analyses_after: tracks before and after the specialists.
        loudness: mix name ("stereo", "surround_51") → figures of the print.
        foldown: named fold-down figures, dB.
        channel_orders: mix name → its channels in file order, in words.
        seconds: stage → seconds.
        event_stems, layer_stems, returns: id → file inside the job folder.
        preview: the film with its new sound; None where it was not made.
        waveform: the sound drawn above the timeline; None = the printed stereo mix.
        waveform_name: what that sound is.
    """

    job: JobFolder
    evidence: PictureEvidence
    script: FoleyScript
    screenplay: Screenplay | None = None
    structured_texts: tuple[StructuredText, ...] = ()
    search: SearchRecord | None = None
    cues: tuple[EventCue, ...] = ()
    analyses: tuple[TrackAnalysis, ...] = ()
    analyses_after: tuple[TrackAnalysis, ...] = ()
    plan: MixPlan | None = None
    settings: MixSettings | None = None
    profile: ProfileName = "stem"
    loudness: Mapping[str, LoudnessReport] = field(default_factory=dict)
    foldown: Mapping[str, float] = field(default_factory=dict)
    channel_orders: Mapping[str, str] = field(
        default_factory=lambda: {"stereo": "L R", "surround_51": "L R C LFE Ls Rs"}
    )
    seconds: Mapping[str, float] = field(default_factory=dict)
    event_stems: Mapping[str, Path] = field(default_factory=dict)
    layer_stems: Mapping[str, Path] = field(default_factory=dict)
    returns: Mapping[str, Path] = field(default_factory=dict)
    preview: Path | None = None
    waveform: Path | None = None
    waveform_name: str = "Stereo mix"
    provenance: Provenance | None = None
    seed: int = 0
    engine: str = ""


def write_report(context: ReportContext, path: Path) -> Path:
    """Write the page.

    Args:
        context: what it shows.
        path: where it goes; links in it are relative to the job folder, so it belongs there (`JobFolder.report`).

    Raises:
        OutputError: the page cannot be written.
    """
    with atomic_path(path) as temporary:
        # Piece by piece: with its pictures a long film's page has tens of megabytes.
        _stream(context).dump(str(temporary), encoding="utf-8")
    return path


def render(context: ReportContext) -> str:
    """The page as HTML."""
    return "".join(_stream(context))


def _stream(context: ReportContext) -> TemplateStream:
    from foleydesigner.tools.report import sections

    script_text = (_FOLDER / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script_text.encode()).digest()).decode()
    stream = (
        environment()
        .get_template("report.html.j2")
        .stream(
            css=stylesheet(),
            javascript=script_text,
            script_hash=f"sha256-{digest}",
            **sections.view(context),
        )
    )
    stream.enable_buffering(_PIECES)
    return stream


def render_parts(context: ReportContext, *parts: str) -> dict[str, str]:
    """Sections of the page by their template's name ("timeline", "picture", "search", "mix"), for another page.

    A part that has nothing to show is empty.
    """
    from foleydesigner.tools.report import sections

    shown, templates = sections.view(context), environment()
    macros = templates.get_template("macros.html.j2").module
    return {
        part: ""
        if part == "search" and context.search is None
        else templates.get_template(f"{part}.html.j2").render(m=macros, **shown)
        for part in parts
    }


def stylesheet() -> str:
    """The page's style."""
    return (_FOLDER / "report.css").read_text("utf-8")


def environment(*folders: Path) -> jinja2.Environment:
    """Templates of the report, after those of `folders`: every text is escaped, and shown on one line."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, _FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"db": decibels, "time": clock, "words": lambda name: str(name).replace("_", " ")}
    return made


def _shown(value: object) -> object:
    """Text without what would turn its neighbours' reading order; anything else as it is."""
    return one_line(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def decibels(value: float | None, digits: int = 1, sign: bool = False) -> str:
    """A level for people, with a true minus; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text.replace("-", "−")


def clock(seconds: float) -> str:
    """Minutes, seconds and milliseconds: 1:02.345."""
    thousandths = round(seconds * 1000)
    return f"{thousandths // 60_000}:{thousandths // 1000 % 60:02d}.{thousandths % 1000:03d}"
