"""The catalogue's index: what is searched of an entry, written with it or for the whole catalogue anew."""

from collections.abc import Iterable, Iterator, Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction

from yunshu.domains.exchange.models import Item, Resource
from yunshu.domains.exchange.rules import words
from yunshu.lib.kernel.pinyin import by_sound

PORTION = 2_000
_UPDATE = """
    UPDATE exchange_resource AS r SET pinyin = n.pinyin, name_words = n.name_words, search = n.search
    FROM (SELECT id, pinyin, to_tsvector('simple', name) AS name_words, strip(to_tsvector('simple', whole)) AS search
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS v (id, pinyin, name, whole)) AS n
    WHERE r.id = n.id
        AND (r.pinyin, r.name_words, r.search) IS DISTINCT FROM (n.pinyin, n.name_words, n.search)
"""
Texts = tuple[int, str, str, str]


def index(resource: Resource, titles: Sequence[str]) -> None:
    """Index one entry with the titles of its items."""
    _write([_texts(resource, titles)])


def reindex() -> int:
    """Index the whole catalogue anew, a portion a transaction; safe to break off and run again. Return how many."""
    done = 0
    for portion in _portions():
        with transaction.atomic():
            _write(portion)
        done += len(portion)
    return done


def _portions() -> Iterator[list[Texts]]:
    last = 0
    while True:
        rows = list(
            Resource.objects.filter(pk__gt=last)
            .select_related("org", "category")
            .only("name", "summary", "code", "org__name", "category__name")
            .order_by("pk")[:PORTION]
        )
        if not rows:
            return
        last = rows[-1].pk
        columns = Item.objects.filter(resource__gte=rows[0].pk, resource__lte=last).order_by().values("resource")
        words_of = columns.annotate(titles=ArrayAgg("title"), names=ArrayAgg("name"))
        titles = {each["resource"]: [*each["titles"], *each["names"]] for each in words_of}
        yield [_texts(row, titles.get(row.pk, ())) for row in rows]


def _texts(resource: Resource, titles: Iterable[str]) -> Texts:
    others = [
        resource.summary,
        resource.org.name,
        resource.code or "",
        resource.category.name if resource.category else "",
    ]
    return (
        resource.pk,
        by_sound(resource.name)[:900],
        words.vector_text([resource.name]),
        words.vector_text([resource.name, *titles, *others]),
    )


def _write(portion: Sequence[Texts]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [list(column) for column in zip(*portion, strict=True)])
