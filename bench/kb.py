"""Finding the official reply to a message by its title: BM25 alone, with pairs of characters, with sentence vectors.

    uv run python bench/kb.py [--quick] [--vectors FILE] [--tune]

The pairs are real (needs YUNSHU_SHARED): all replies are the library, greeting and thanks taken off; 500 titles, the first of a
shuffle by seed 2020, are asked. ``--tune`` asks the 300 after them, on which the weight of meaning was chosen. ``--vectors``
keeps the vectors of the replies between runs; the time of a question is measured with none kept. ``--quick``: 300 pairs, words.
"""

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path

from _hotline import SEED, Pair, absent, reply_pairs

from yunshu.lib.recall import Article, Library
from yunshu.lib.recall.wordindex import WordIndex
from yunshu.lib.text import Remembering, encoder, why_not

ASKED, TUNED, TIMED, DEPTH = 500, 300, 100, 10
DAY = date(2020, 6, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--vectors", type=Path)
    options = parser.parse_args()
    if absent("replies-labelled.csv.gz"):
        return
    pairs = reply_pairs()[: 300 if options.quick else None]
    asked = pairs[ASKED : ASKED + TUNED] if options.tune else pairs[: 100 if options.quick else ASKED]
    print(f"{len(pairs)} real replies, {len(asked)} titles asked, seed {SEED}")
    with tempfile.TemporaryDirectory() as folder:
        words_alone(Path(folder), pairs, asked)
        plain = None if options.quick else encoder()
        if plain is None:
            print(f"sentence vectors: none {why_not() or '(--quick)'}")
            return
        with_meaning(Path(folder), pairs, asked, Remembering(plain, options.vectors), tune=options.tune)


def words_alone(folder: Path, pairs: list[Pair], asked: list[Pair]) -> None:
    """BM25 over words, then over words and pairs of characters."""
    library = Library(folder / "words", encoder=None)
    started = time.perf_counter()
    library.put(articles(pairs))
    print(f"indexed by words in {time.perf_counter() - started:.1f} s")
    index = WordIndex(folder / "words" / "words")
    show(
        "BM25, words (rjieba)",
        [[n for n, _ in index.search(p.title, DEPTH, fields={"words": 1.0})] for p in asked],
        asked,
    )
    show("BM25, words and pairs", [numbers(library, pair) for pair in asked], asked)
    latency("words", library, asked)
    assert library.put(articles(pairs)) == 0, "what did not change is not indexed again"


def with_meaning(folder: Path, pairs: list[Pair], asked: list[Pair], kept: Remembering, *, tune: bool) -> None:
    """The hybrid, and its time with an encoder that has nothing kept."""
    weights = (0.3, 0.6, 0.9, 1.2, 1.5, 2.0) if tune else (None,)
    for weight in weights:
        library = Library(folder / "all", encoder=kept, **({} if weight is None else {"meaning": weight}))
        started = time.perf_counter()
        new = library.put(articles(pairs))
        kept.save()
        print(
            f"indexed {new} with vectors in {time.perf_counter() - started:.1f} s ({kept.encoded} encoded in this run)"
        )
        show(
            f"hybrid{'' if weight is None else f', meaning {weight}'}",
            [numbers(library, pair) for pair in asked],
            asked,
        )
    plain = encoder()
    assert plain is not None
    latency("hybrid, question encoded each time", Library(folder / "all", encoder=plain), asked)


def articles(pairs: list[Pair]) -> list[Article]:
    """Return the replies as articles without a title: the title is what is asked."""
    return [Article(number=pair.number, version="1", title="", body=pair.reply) for pair in pairs]


def numbers(library: Library, pair: Pair) -> list[str]:
    """Return what is found for one title."""
    return [hit.number for hit in library.search(pair.title, on=DAY, limit=DEPTH).hits]


def show(what: str, found: list[list[str]], asked: list[Pair]) -> None:
    """Print recall and MRR."""
    ranks = [f.index(p.number) + 1 if p.number in f else 0 for f, p in zip(found, asked, strict=True)]
    first, ten = sum(r == 1 for r in ranks) / len(ranks), sum(r > 0 for r in ranks) / len(ranks)
    print(
        f"{what}: recall@1 {first:.3f}, recall@10 {ten:.3f}, MRR@10 {sum(1 / r for r in ranks if r) / len(ranks):.3f}"
    )


def latency(what: str, library: Library, asked: list[Pair]) -> None:
    """Print median and p95 of single questions."""
    times, cpu = [], time.process_time()
    for pair in asked[:TIMED]:
        started = time.perf_counter()
        library.search(pair.title, on=DAY)
        times.append(1_000 * (time.perf_counter() - started))
    cpu_ms = 1_000 * (time.process_time() - cpu) / len(times)
    times.sort()
    print(
        f"{what}: CPU {cpu_ms:.1f} ms a question; on the clock median {times[len(times) // 2]:.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms (goal p95 < 80)"
    )


if __name__ == "__main__":
    main()
