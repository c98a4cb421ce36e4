"""DOCX: paragraphs and table rows of the body, then headers, footers, notes and comments, then pictures.

python-docx shows neither text boxes nor notes, and a name is leaked there as well, so the parts are read by lxml.
"""

import zipfile
from collections.abc import Iterator

from lxml import etree

from yunshu.lib.papers import archive
from yunshu.lib.papers.collecting import Collector
from yunshu.lib.papers.contracts import Place

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_COMPATIBLE = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING_CHARACTERS = 60
"""A paragraph up to this long may be what names the next one, or the columns of the table below it."""
_AROUND = ("header", "footer", "footnotes", "endnotes", "comments")


def read_docx(package: zipfile.ZipFile, into: Collector) -> None:
    """Read a document; raises what ``contracts.BROKEN`` lists."""
    paragraph = _part(package.read("word/document.xml"), 0, into)
    for name in sorted(package.namelist()):
        if name.startswith(tuple(f"word/{part}" for part in _AROUND)) and name.endswith(".xml"):
            paragraph = _part(package.read(name), paragraph, into)
    for number, name in enumerate(archive.pictures(package, "word/media/"), 1):
        into.picture(package.read(name), Place(picture=number))


def _part(xml: bytes, paragraph: int, into: Collector) -> int:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(xml.replace(_STRICT, _COMPATIBLE), parser)
    etree.strip_elements(root, _FALLBACK, with_tail=False)
    before = heading = ""
    for block in _blocks(root):
        row = block.tag == f"{_W}tr"
        text = "\t".join(_text(cell) for cell in block.iterchildren(f"{_W}tc", f"{_W}sdt")) if row else _text(block)
        if not text.strip():
            continue
        paragraph += 1
        if not row or (block.getprevious() is not None and block.getprevious().tag != f"{_W}tr"):
            heading = ""
        into.add(text, Place(paragraph=paragraph), context="\n".join(filter(None, (before, heading))))
        if row:
            heading = heading or text
        else:
            before = text if len(text) <= _HEADING_CHARACTERS else ""
    return paragraph


def _blocks(root: etree._Element) -> Iterator[etree._Element]:
    """Yield outermost paragraphs and rows: what is inside one belongs to it."""
    for element in root.iter(f"{_W}p", f"{_W}tr"):
        if not any(outer.tag in (f"{_W}p", f"{_W}tr") for outer in element.iterancestors()):
            yield element


def _text(block: etree._Element) -> str:
    parts = []
    for element in block.iter():
        if element.tag in (f"{_W}t", f"{_W}delText"):
            parts.append(element.text or "")
        elif element.tag == f"{_W}tab":
            parts.append("\t" if element.getparent() is not None and element.getparent().tag == f"{_W}r" else "")
        elif element.tag in (f"{_W}br", f"{_W}cr") or (element.tag == f"{_W}p" and parts):
            parts.append("\n")
    return "".join(parts)
