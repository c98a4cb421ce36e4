"""Evidence: a stored page is read at its place, its fault marked, and nothing outside the folder is read."""

import gzip
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from yunshu.domains.inspection import evidence
from yunshu.domains.inspection.rules import marking
from yunshu.lib.kernel.errors import NotFound

PAGE = "<html><head><title>通知</title><script>bad()</script></head><body><p>请点击 此处\n下载附件。</p></body></html>"
TEXTS = st.text(alphabet="甲乙 丙\n丁", max_size=30)
PLACES = st.lists(st.tuples(st.integers(-3, 35), st.integers(-3, 35)), max_size=5)


def stored(folder: Path, bodies: list[bytes], *, is_packed: bool) -> list[int]:
    """Write pages into one WARC file; return where each begins."""
    places = []
    with (folder / "a.warc").open("wb") as file:
        writer = WARCWriter(file, gzip=is_packed)
        for n, body in enumerate(bodies):
            places.append(file.tell())
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=gbk")], protocol="HTTP/1.1")
            url = f"http://s.example.gov.cn/{n}"
            writer.write_record(
                writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
            )
    return places


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_page_is_read_at_its_place_in_the_encoding_it_is_in(tmp_path: Path, settings: Any, is_packed: bool) -> None:
    settings.EVIDENCE_FOLDER = tmp_path
    bodies = [PAGE.encode("gbk"), PAGE.replace("附件", "表格").encode("gbk")]
    places = stored(tmp_path, bodies, is_packed=is_packed)
    for place, body in zip(places, bodies, strict=True):
        found = evidence.stored("a.warc", place)
        assert found.body == body
        assert evidence.is_intact(found.body, hashlib.sha256(body).hexdigest())
        assert not evidence.is_intact(found.body + b" ", hashlib.sha256(body).hexdigest())
        text = evidence.text_of(found)
        assert "bad()" not in text
        (start, end), *_rest = marking.locate(text, "请点击此处下载", [(3, 5)])
        assert text[start:end] == "此处"


@pytest.mark.parametrize("path", ["../a.warc", "/etc/passwd", "", "none.warc", "broken.warc"])
def test_nothing_outside_the_folder_and_nothing_broken_is_read(tmp_path: Path, settings: Any, path: str) -> None:
    settings.EVIDENCE_FOLDER = tmp_path / "in"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/broken.warc").write_bytes(gzip.compress(b"not a record"))
    (tmp_path / "a.warc").write_bytes(b"WARC/1.0\r\n\r\n")
    with pytest.raises(NotFound):
        evidence.stored(path, 0)


@given(text=TEXTS, places=PLACES)
def test_the_pieces_together_are_the_text(text: str, places: list[marking.Place]) -> None:
    cut = marking.pieces(text, places)
    assert "".join(piece for piece, _is_marked in cut) == text
    assert all(piece for piece, _is_marked in cut)


@given(before=TEXTS, excerpt=TEXTS, after=TEXTS)
def test_an_excerpt_is_found_in_the_text_it_came_from_whatever_its_blanks(
    before: str, excerpt: str, after: str
) -> None:
    text = before + excerpt + after
    for start, end in marking.locate(text, " ".join(excerpt), []):
        assert "".join(text[start:end].split()) == "".join(excerpt.split())


@given(text=TEXTS, places=PLACES, margin=st.integers(0, 9))
def test_what_is_around_the_places_keeps_what_is_marked(text: str, places: list[marking.Place], margin: int) -> None:
    wanted = marking.merged(places, len(text))
    part, moved = marking.around(text, wanted, margin)
    assert [part[a:b] for a, b in moved] == [text[a:b] for a, b in wanted]
