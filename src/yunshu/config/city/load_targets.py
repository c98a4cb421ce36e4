"""What the pack says is watched; a target that exists is left as people have it."""

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.domains.operations import api
from yunshu.lib.kernel import clock


def load_targets(pack: Pack) -> Tally:
    """Load targets.csv, all of it or nothing."""
    tally = Tally(file="targets.csv")
    lines = [
        {name: _text(value) for name, value in row.model_dump(exclude={"line"}).items() if value not in ("", None)}
        for row in pack.targets
    ]
    made = api.add_missing_targets(actor=ACTOR, lines=lines, now=clock.now())
    tally.counts.update(created=made, same=len(lines) - made)
    return tally


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
