"""Cutting Chinese text: sentences with their places, words by rjieba, pairs of characters."""

import re
import unicodedata
from dataclasses import dataclass

import rjieba

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_BETWEEN_LATIN = re.compile(r"(?<=[A-Za-z])[ \t]+(?=[A-Za-z])")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*[”’」』）)]?")
_RUN = re.compile(r"[\u3400-\u9fff]+|[A-Za-z0-9]+")
_IDLE = frozenset(
    [
        "的",
        "了",
        "是",
        "在",
        "我",
        "你",
        "他",
        "她",
        "它",
        "们",
        "有",
        "和",
        "与",
        "及",
        "就",
        "都",
        "而",
        "也",
        "还",
        "吗",
        "呢",
        "吧",
        "啊",
        "把",
        "被",
        "让",
        "给",
        "对",
        "于",
        "这",
        "那",
        "一个",
        "我们",
        "你们",
        "他们",
        "请问",
        "您好",
        "你好",
        "谢谢",
        "什么",
        "怎么",
        "如何",
        "为什么",
        "可以",
        "能否",
        "是否",
        "因为",
        "所以",
        "但是",
        "如果",
        "没有",
        "已经",
        "现在",
        "这个",
        "那个",
    ]
)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: ``text`` stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


def squeezed(text: str) -> str:
    """Return ``text`` in compatibility form without white space, but for one blank between Latin words."""
    plain = _BETWEEN_LATIN.sub("\0", unicodedata.normalize("NFKC", text))
    return _SPACE.sub("", plain).replace("\0", " ")


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text`` (and lines, and halves at a semicolon) with their places, none empty."""
    found = []
    for match in _SENTENCE.finditer(text):
        piece = match.group()
        start = match.start() + len(piece) - len(piece.lstrip())
        if piece.strip():
            found.append(Span(start, start + len(piece.strip()), piece.strip()))
    return found


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, without punctuation and white space."""
    return [word for run in _RUN.findall(text) for word in rjieba.cut(run)]


def terms(text: str) -> list[str]:
    """Return what a search looks for: words and the shorter words inside them, without the idle ones."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return [
        word
        for run in _RUN.findall(plain)
        for word in (rjieba.cut_for_search(run) if run[0] > "z" else [run])
        if word not in _IDLE
    ]


def pairs(text: str) -> list[str]:
    """Return all pairs of neighbouring characters: they find what the segmentation cuts otherwise."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return [run[at : at + 2] for run in _RUN.findall(plain) for at in range(max(1, len(run) - 1))]
