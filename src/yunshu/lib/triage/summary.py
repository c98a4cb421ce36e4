"""A summary made of the caller's own sentences, and the fields around it; nothing is written that was not said.

Which sentences: those most like all the others (LexRank over TF-IDF of terms), those that ask for something, and the first.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yunshu.lib.text import Span, sentences, terms

REQUEST = re.compile(
    r"[？?]|请问|请求|恳请|敬请|希望|盼|要求|建议|投诉|举报|咨询|能否|能不能|可否|是否|何时|什么时候|怎么|如何|为什么|为何|请(?!假|柬|客)|求(?:助|解决)|望(?!着|见|去)"
)
_GREETING = re.compile(
    r"^(?:尊敬的|您好|你好|各位)?[^，。！？]{0,12}(?:您好|你好|领导好)[！。，,!]?$|^(?:谢谢|感谢|此致|敬礼|盼复)[^，。]{0,8}[！。!]*$"
)
_DAMPING, _ROUNDS = 0.85, 30
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Summary:
    """Chosen sentences in the text's order, and the request among them (or outside of them), if one was found."""

    spans: tuple[Span, ...]
    request: Span | None

    @property
    def text(self) -> str:
        """The sentences one after another."""
        return "".join(span.text for span in self.spans)


def summarise(text: str, *, limit: int = 160) -> Summary:
    """Return the sentences that say most of ``text`` within ``limit`` characters; at least one, cut by nobody."""
    all_spans = [span for span in sentences(text) if not _GREETING.match(span.text)]
    if not all_spans:
        return Summary((), None)
    ranks = _centrality([terms(span.text) for span in all_spans])
    asks = [bool(REQUEST.search(span.text)) for span in all_spans]
    worth = [
        rank * (1.5 if ask else 1.0) * (1.3 if at == 0 else 1.0) * (0.6 if len(span.text) > _LONGEST else 1.0)
        for at, (rank, ask, span) in enumerate(zip(ranks, asks, all_spans, strict=True))
    ]
    chosen: list[int] = []
    for at in sorted(range(len(all_spans)), key=lambda at: (-worth[at], at)):
        used = sum(len(all_spans[other].text) for other in chosen)
        if not chosen or used + len(all_spans[at].text) <= limit:
            chosen.append(at)
    request = max((at for at in range(len(asks)) if asks[at]), key=lambda at: (worth[at], at), default=None)
    return Summary(tuple(all_spans[at] for at in sorted(chosen)), None if request is None else all_spans[request])


def requests(text: str) -> list[Span]:
    """Return the sentences of ``text`` that ask for something."""
    return [span for span in sentences(text) if REQUEST.search(span.text) and not _GREETING.match(span.text)]


def _centrality(pieces: Sequence[Sequence[str]]) -> list[float]:
    """Return how central each piece is: the stationary weight of a walk between similar pieces."""
    seen = Counter(term for piece in pieces for term in set(piece))
    names = {term: at for at, term in enumerate(seen)}
    table = np.zeros((len(pieces), len(names) + 1))
    for row, piece in enumerate(pieces):
        for term, count in Counter(piece).items():
            table[row, names[term]] = count * np.log(1 + len(pieces) / seen[term])
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / np.where(norms > 0, norms, 1.0)
    alike = unit @ unit.T
    totals = alike.sum(axis=1, keepdims=True)
    step = np.where(totals > 0, alike / np.where(totals > 0, totals, 1.0), 1 / len(pieces))
    rank = np.full(len(pieces), 1 / len(pieces))
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / len(pieces) + _DAMPING * (step.T @ rank)
    return [float(value) for value in rank]
