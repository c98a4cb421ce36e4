"""Organisations as sources name them: by code, by name, by short name."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org
from yunshu.lib.taking.fields import Field
from yunshu.lib.taking.judging import Judged

HOW = _l("机构的编码、全称或简称，须已在平台里。")


def org_field(name: str, label: object, *, required: bool, group: str, also: tuple[str, ...] = ()) -> Field:
    """Return a field that names an organisation."""
    return Field(
        name=name, label=label, required=required, most=120, group=group, help=HOW, example="445200-001", also=also
    )


def resolve(rows: Sequence[Judged], name: str) -> None:
    """Put codes in the place of names; refuse what no organisation, or more than one, is called."""
    wanted = {row.values[name] for row in rows if row.values.get(name)}
    if not wanted:
        return
    known = _known()
    for row in rows:
        said = row.values.get(name)
        codes = known.get(said, set()) if said else set()
        if said and said not in codes and len(codes) != 1:
            row.refuse(
                name,
                _("对应不止一个机构") if codes else _("平台里没有这个机构"),
                _("改填机构编码。") if codes else _("先接管机构，或在映射的 values.%(name)s 里对应。") % {"name": name},
            )
        elif said and said not in codes:
            row.values[name] = next(iter(codes))


def _known() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, name, short in Org.objects.filter(is_active=True).values_list("code", "name", "short_name"):
        for word in {code, name, short} - {""}:
            found.setdefault(word, set()).add(code)
    return found
