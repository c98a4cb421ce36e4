"""The exchange of the pack: classes, data elements, clock rules, sample entries; what people changed is left alone."""

from collections.abc import Iterator

from django.db import transaction

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.config.city.schema import EntryFacts
from yunshu.domains.exchange import api
from yunshu.lib.kernel import clock

REASON = "城市包载入的示例目录"


def load_exchange(pack: Pack) -> Iterator[Tally]:
    """Load exchange.toml; a row that exists is kept as it is."""
    facts = pack.exchange
    with transaction.atomic():
        yield _tally("exchange.toml categories", [api.add_category(c.code, c.name, c.source) for c in facts.categories])
    with transaction.atomic():
        made = [api.add_element(e.code, e.name, e.data_type, e.source_org, e.basis) for e in facts.elements]
        yield _tally("exchange.toml elements", made)
    with transaction.atomic():
        yield _tally("exchange clocks", api.add_clocks())
    yield _tally("exchange.toml entries", [_entry(entry) for entry in facts.entries])


def _tally(file: str, made: list[bool]) -> Tally:
    tally = Tally(file=file)
    tally.counts.update("created" if is_new else "same" for is_new in made)
    return tally


def _entry(facts: EntryFacts) -> bool:
    if api.has_entry(facts.org, facts.name):
        return False
    form = api.EntryForm(
        name=facts.name,
        org=facts.org,
        category=facts.category,
        summary=facts.summary,
        format=api.Format.DATABASE,
        format_detail="PostgreSQL",
        sharing_type=facts.sharing_type,
        sharing_condition=facts.sharing_condition,
        sharing_scope=facts.sharing_scope,
        legal_basis="",
        way=api.Way.PLATFORM,
        is_open=facts.is_open,
        open_condition="",
        cycle=facts.cycle,
        related=(),
        table=facts.table,
        items=tuple(
            api.ItemForm(
                ordinal=n,
                name=item.name,
                title=item.title,
                data_type=item.type,
                length=item.length,
                grade=item.grade,
                is_key=item.key,
                is_required=item.required or item.key,
                element=item.element,
                source_org=item.source_org,
            )
            for n, item in enumerate(facts.items, 1)
        ),
    )
    with transaction.atomic():
        now = clock.now()
        number = api.create_entry(actor=ACTOR, form=form, now=now).number
        for verb in ("submit", "publish"):
            api.move_entry(actor=ACTOR, number=number, verb=verb, reason=REASON, now=now)
    return True
