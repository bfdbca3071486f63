"""The text of a screenplay in PDF: its lines as they stand on the page, without the furniture of print."""

from __future__ import annotations

import io
import logging
import re

from foleydesigner.errors import ScreenplayError

MAX_PAGES = 400
_FURNITURE = re.compile(r"^\s*(?:\d{1,4}\.?|\(?continued\)?:?(?:\s*\(\d+\))?|\(more\))\s*$", re.IGNORECASE)
_SCENE_NUMBERS = re.compile(r"^(\d{1,4}[A-Z]?)\s+(.*?)\s*(?:\s\1)?$")
_HEADING = re.compile(r"^(?:INT|EXT|EST|I/E)\b", re.IGNORECASE)


def pdf_text(data: bytes) -> str:
    """Lines of a PDF, page by page; page numbers, CONTINUED marks and scene numbers are left out.

    Raises:
        ScreenplayError: it is damaged, locked, too long, or holds pictures of text only.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if len(reader.pages) > MAX_PAGES:
            raise ScreenplayError(
                f"the PDF has {len(reader.pages)} pages", f"at most {MAX_PAGES}", "pass the pages of this clip"
            )
        pages = [page.extract_text(extraction_mode="layout") for page in reader.pages]
    except ScreenplayError:
        raise
    except Exception as error:
        raise ScreenplayError(
            f"the PDF cannot be read ({type(error).__name__})", "a PDF with text, not locked", "save it as plain text"
        ) from error
    lines = [_line(line) for page in pages for line in [*page.splitlines(), ""] if not _FURNITURE.match(line)]
    text = "\n".join(lines)
    if not text.strip():
        raise ScreenplayError("the PDF holds no text", "text, not pictures of it", "save it as plain text")
    return text


def _line(line: str) -> str:
    """One line without its margin; a heading without its scene numbers, set apart as Fountain wants it."""
    bare = line.strip()
    numbered = _SCENE_NUMBERS.match(bare)
    if numbered and _HEADING.match(numbered[2]):
        bare = numbered[2]
    return f"\n{bare}\n" if _HEADING.match(bare) else bare
