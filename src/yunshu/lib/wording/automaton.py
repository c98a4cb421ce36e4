"""Many words at once, and where a find is a word of its own."""

from collections.abc import Iterable, Sequence

from daachorse import CharwiseDoubleArrayAhoCorasick


class Automaton:
    """Words in a double-array Aho-Corasick automaton (daachorse); an empty list finds nothing."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words: Sequence[str] = tuple(dict.fromkeys(words))
        self._machine = CharwiseDoubleArrayAhoCorasick(list(self.words)) if self.words else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Return every occurrence, overlapping: start, end, number of the word."""
        return self._machine.find_overlapping(text) if self._machine else []


def whole(text: str, start: int, end: int) -> bool:
    """Return whether a find is no part of a longer word of Latin letters or of a longer number."""
    return not (_runs_on(text[max(0, start - 1) : start], text[start]) or _runs_on(text[end - 1], text[end : end + 1]))


def _runs_on(left: str, right: str) -> bool:
    both = left + right
    return len(both) == 2 and both.isascii() and (both.isalpha() or both.isdigit())
