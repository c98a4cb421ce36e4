"""A dictionary of 50,000 terms over Chinese text: daachorse in ``lib.wording`` beside pyahocorasick and ahocorasick_rs.

    uv run python bench/match.py [--quick]

Terms and text are generated from a seed, of characters as frequent as in official text; the text has some terms planted.
All find overlapping occurrences in the same text in the same run, and must find the same number. The whole scan (dates,
exceptions, disguises) is measured beside the bare one. Goals: 180 MB/s and 32 times pyahocorasick on a quiet machine.
"""

import argparse
import random
import time
from collections.abc import Callable
from itertools import accumulate

import ahocorasick
import ahocorasick_rs

from yunshu.lib.wording import Entry, Lexicon, folding

TERMS, FULL_MB, QUICK_MB, ROUNDS, SEED = 50_000, 44, 4, 3, 20_260
DISGUISED = 500
"""Terms whose disguises are looked for: the high-risk part of a list."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    size_bytes = (QUICK_MB if parser.parse_args().quick else FULL_MB) * 1_000_000
    chance = random.Random(SEED)
    terms = made_terms(chance)
    text = made_text(chance, terms, size_bytes)
    mb = len(text.encode()) / 1e6
    print(f"terms: {len(terms)}; text: {mb:.1f} MB, {len(text):,} characters")
    ours = bare(text, terms, mb)
    scans(text, terms, mb)
    peers = {"pyahocorasick iter": pyahocorasick(terms), "ahocorasick_rs overlapping": rust(terms)}
    for name, find in peers.items():
        hits, seconds = best(lambda find=find: find(text))
        print(f"{name}: {mb / seconds:,.1f} MB/s, {hits:,} hits")
        if hits != ours[0]:
            raise SystemExit(f"{name} finds {hits:,}, we find {ours[0]:,}")
        print(f"ratio: {seconds / ours[1]:.1f} times {name}")


def bare(text: str, terms: list[str], mb: float) -> tuple[int, float]:
    """Compile the terms and find them; return hits and seconds."""
    started = time.perf_counter()
    lexicon = Lexicon(Entry(wrong=term) for term in terms)
    print(f"Lexicon: compiled in {time.perf_counter() - started:.2f} s, version {lexicon.digest[:12]}")
    hits, seconds = best(lambda: len(lexicon.find(text)))
    print(f"Lexicon.find: {mb / seconds:,.1f} MB/s, {hits:,} hits")
    return hits, seconds


def scans(text: str, terms: list[str], mb: float) -> None:
    """Measure whole scans, article by article, without and with disguises, and the folding alone."""
    articles = [text[at : at + 2_000] for at in range(0, len(text), 2_000)]
    for name, disguised in (("as listed", 0), (f"with disguises of {DISGUISED} terms", DISGUISED)):
        lexicon = Lexicon(Entry(wrong=term, obfuscation=at < disguised) for at, term in enumerate(terms))
        _, seconds = best(lambda lexicon=lexicon: sum(len(lexicon.scan(article)) for article in articles))
        print(f"Lexicon.scan {name}: {mb / seconds:,.1f} MB/s")
    _, seconds = best(lambda: sum(len(folding.fold(article).plain) for article in articles))
    print(f"folding.fold: {mb / seconds:,.1f} MB/s")


def pyahocorasick(terms: list[str]) -> Callable[[str], int]:
    """Return its overlapping search."""
    automaton = ahocorasick.Automaton()
    for at, term in enumerate(terms):
        automaton.add_word(term, at)
    automaton.make_automaton()
    return lambda text: len(list(automaton.iter(text)))


def rust(terms: list[str]) -> Callable[[str], int]:
    """Return its overlapping search."""
    automaton = ahocorasick_rs.AhoCorasick(terms)
    return lambda text: len(automaton.find_matches_as_indexes(text, overlapping=True))


def made_terms(chance: random.Random) -> list[str]:
    """Return different terms of two to six characters, most of three and four."""
    draw, terms = characters(chance), set()
    while len(terms) < TERMS:
        terms.add(draw(chance.choices((2, 3, 4, 5, 6), (1, 4, 6, 2, 1))[0]))
    return sorted(terms)


def made_text(chance: random.Random, terms: list[str], size_bytes: int) -> str:
    """Return sentences of ten to forty characters, a term planted in each tenth."""
    draw, parts, size = characters(chance), [], 0
    while size < size_bytes:
        planted = chance.choice(terms) if chance.random() < 0.1 else ""
        parts.append(f"{draw(chance.randrange(10, 40))}{planted}，")
        size += 3 * len(parts[-1])
    return "".join(parts)


def characters(chance: random.Random) -> Callable[[int], str]:
    """Return a draw of characters of GB 2312, the n-th with a weight of 1/n as in natural text."""
    common = [c for c in map(chr, range(0x4E00, 0x9FA6)) if c.encode("gb2312", "ignore")]
    random.Random(SEED).shuffle(common)
    weights = list(accumulate(1 / at for at in range(20, 20 + len(common))))
    return lambda count: "".join(chance.choices(common, cum_weights=weights, k=count))


def best(work: Callable[[], int]) -> tuple[int, float]:
    """Return the result and the seconds of the best of a few rounds."""
    result, least = 0, float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = work()
        least = min(least, time.perf_counter() - started)
    return result, least


if __name__ == "__main__":
    main()
