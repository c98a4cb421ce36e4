"""BM25 on disk by tantivy. It gets words that are cut already, so that Chinese is segmented in one place, by ``lib.text``.

Words carry the sense; pairs of characters find what the segmentation cuts otherwise in question and answer.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy

from yunshu.lib.kernel.errors import Unavailable
from yunshu.lib.text import pairs, terms

FIELDS = {"title": 1.0, "words": 1.0, "pairs": 0.5}
_HEAP = 15_000_000
_LONGEST = 4_000


class WordIndex:
    """Articles by their words; ``commit`` makes what was put or dropped visible."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("number", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("kept", stored=True, tokenizer_name="raw", index_option="basic")
        for field in FIELDS:
            builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema, path=str(folder))
        self._writer: tantivy.IndexWriter | None = None

    def put(self, articles: Iterable[tuple[str, str, tuple[str, ...], str]]) -> None:
        """Add or replace: number, title, other questions, body."""
        for number, title, questions, body in articles:
            self._write().delete_documents_by_term("number", number)
            heading = " ".join((title, *questions))
            text = f"{heading}\n{body[:_LONGEST]}"
            words = terms(text)
            document = tantivy.Document()
            document.add_text("number", number)
            document.add_text("kept", " ".join(sorted(set(words))))
            document.add_text("title", " ".join(terms(heading)))
            document.add_text("words", " ".join(words))
            document.add_text("pairs", " ".join(pairs(text)))
            self._write().add_document(document)

    def drop(self, numbers: Iterable[str]) -> None:
        """Take articles away."""
        for number in numbers:
            self._write().delete_documents_by_term("number", number)

    def commit(self) -> None:
        """Make changes durable and visible, and let other processes write."""
        if self._writer is not None:
            self._writer.commit()
            self._writer.wait_merging_threads()
            self._writer = None
        self.reload()

    def reload(self) -> None:
        """See the last commit."""
        self._index.reload()

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._index.searcher().num_docs)

    def search(self, question: str, limit: int, *, fields: Mapping[str, float] = FIELDS) -> list[tuple[str, float]]:
        """Return numbers and BM25 scores, the best first; ``fields`` are what counts, and how much."""
        cut = {"title": terms(question), "words": terms(question), "pairs": pairs(question)}
        should = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, word), boost))
            for field, boost in fields.items()
            for word in dict.fromkeys(cut[field])
        ]
        if not should:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(should), limit).hits
        return [(str(searcher.doc(address)["number"][0]), float(score)) for score, address in hits]

    def held(self, number: str) -> frozenset[str]:
        """Return the words of one article."""
        searcher = self._index.searcher()
        hits = searcher.search(self._term("number", number), 1).hits
        return frozenset(str(searcher.doc(hits[0][1])["kept"][0]).split()) if hits else frozenset()

    def _term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(
            self._schema, field, word, index_option="basic" if field == "number" else "freq"
        )

    def _write(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(_HEAP, 1)
            except ValueError as error:
                raise Unavailable(
                    "search_index_busy", "检索索引正由另一进程更新，请稍后重试。", retry_after_s=30
                ) from error
        return self._writer
