"""Rows that stand on other rows of the same file: parents before children, circles refused."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking import values
from yunshu.lib.taking.judging import Judged

MOST_NODES = 50_000


def in_order(rows: Iterable[Judged], parent: str) -> Iterator[Judged]:
    """Yield rows so that each comes after the row its ``parent`` field names; those of a circle last, refused.

    A parent that the file does not have may stand in the database: the kind says. Raises Refused (``file_too_large``).
    """
    found: list[Judged] = []
    for row in rows:
        found.append(row)
        if len(found) > MOST_NODES:
            raise Refused("file_too_large", _("有上下级的数据一次最多 %(n)s 行。") % {"n": MOST_NODES})
    by_key = {row.key: row for row in reversed(found) if row.key}
    below: dict[str, list[Judged]] = {}
    ready: list[Judged] = []
    for row in found:
        above = values.canonical(row.values.get(parent))
        is_inside = above in by_key and by_key[row.key] is row if row.key else False
        (below.setdefault(above, []) if is_inside else ready).append(row)
    seen = set()
    while ready:
        later: list[Judged] = []
        for row in ready:
            seen.add(row.line)
            yield row
            if by_key.get(row.key) is row:
                later += below.get(row.key, [])
        ready = later
    for row in found:
        if row.line not in seen:
            row.refuse(parent, _("上下级成了一圈，或挂在一圈之下"), _("改正上级，使这一圈断开。"))
            yield row
