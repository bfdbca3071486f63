"""Screenplays in PDF."""

from __future__ import annotations

from pathlib import Path

import pytest

from foleydesigner.errors import ScreenplayError
from foleydesigner.tools.pdf_text import pdf_text
from foleydesigner.tools.screenplay import read_screenplay


def pdf(*lines: str) -> bytes:
    """A page of those lines in Courier, written by the format's own rules (ISO 32000-1, 7.5)."""
    text = "".join(f"BT /F1 12 Tf 108 {720 - 24 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines)).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return data + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(data),
    )


def test_a_pdf_reads_like_its_text(tmp_path: Path) -> None:
    lines = (
        "12 INT. WORKSHOP - NIGHT 12",
        "Rain on the roof. A steel ball drops.",
        "7.",
        "CONTINUED:",
        "EXT. YARD - DAY",
        "A dog barks.",
    )
    (tmp_path / "s.pdf").write_bytes(pdf(*lines))
    read = read_screenplay(tmp_path / "s.pdf")
    assert [scene.heading for scene in read.scenes] == ["INT. WORKSHOP - NIGHT", "EXT. YARD - DAY"]
    told = read_screenplay(
        None, text="INT. WORKSHOP - NIGHT\n\nRain on the roof. A steel ball drops.\n\nEXT. YARD - DAY\n\nA dog barks.\n"
    )
    assert [[m.family for m in s.mentions] for s in read.scenes] == [
        [m.family for m in s.mentions] for s in told.scenes
    ]


@pytest.mark.parametrize("data", [b"%PDF-1.4\nbroken", pdf(), pdf("x")[:200]])
def test_a_pdf_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(ScreenplayError):
        pdf_text(data)
