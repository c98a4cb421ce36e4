"""Marking the place of a fault in a text. Pure; a place is a pair (start, end) of character positions."""

from collections.abc import Iterable, Sequence

Place = tuple[int, int]


def merged(places: Iterable[Place], length: int) -> list[Place]:
    """Return the places in order, within ``length``, overlapping ones as one, empty ones left out."""
    out: list[Place] = []
    for start, end in sorted((max(a, 0), min(b, length)) for a, b in places):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def pieces(text: str, places: Iterable[Place]) -> list[tuple[str, bool]]:
    """Cut a text into (piece, is it marked); the pieces together are the text."""
    out, at = [], 0
    for start, end in merged(places, len(text)):
        if at < start:
            out.append((text[at:start], False))
        out.append((text[start:end], True))
        at = end
    return [*out, (text[at:], False)] if at < len(text) else out


def locate(text: str, excerpt: str, places: Sequence[Place]) -> list[Place]:
    """Return where the marked places of an excerpt lie in the text it was taken from; blanks do not count.

    Without places the whole excerpt is marked; where the excerpt is not found, every occurrence of a marked word is.
    """
    thin, where = _thin(text)
    short, within = _thin(excerpt)
    begin = thin.find(short) if short else -1
    if begin >= 0:
        back = {old: new for new, old in enumerate(within)}
        wanted = merged(places, len(excerpt)) or [(0, len(excerpt))]
        inside = [[begin + back[n] for n in range(start, end) if n in back] for start, end in wanted]
        return [(where[found[0]], where[found[-1]] + 1) for found in inside if found]
    words = {excerpt[start:end].strip() for start, end in merged(places, len(excerpt))} - {""}
    return merged((place for word in words for place in _occurrences(text, word)), len(text))


def around(text: str, places: Sequence[Place], margin: int) -> tuple[str, list[Place]]:
    """Return the part of a text within ``margin`` characters of the places (without places: its beginning), and the places in it."""
    start = max(min((a for a, _b in places), default=0) - margin, 0)
    end = min(max((b for _a, b in places), default=margin) + margin, len(text))
    return text[start:end], [(a - start, b - start) for a, b in places]


def _thin(text: str) -> tuple[str, list[int]]:
    kept = [n for n, sign in enumerate(text) if not sign.isspace()]
    return "".join(text[n] for n in kept), kept


def _occurrences(text: str, word: str) -> list[Place]:
    out, at = [], text.find(word)
    while at >= 0:
        out.append((at, at + len(word)))
        at = text.find(word, at + len(word))
    return out
