"""账号不更新、僵尸账号、无互动功能、未认证: the account itself, by ``rules.accounts`` (which has the sources), with the city's terms."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.rules import accounts as rules


def terms(params: Mapping[str, Mapping[str, Any]]) -> rules.Terms:
    """Return what the rules measure with, of the parameters in force (``Kit.params``)."""
    return rules.Terms(stale_days=params["account_stale"]["days"], zombie_months=params["account_zombie"]["months"])


def conclude(accounts: Iterable[rules.Facts], measure: rules.Terms) -> Iterator[Found]:
    """Yield the faults of accounts, each by itself and of a unit's several main ones."""
    known = list(accounts)
    for one in known:
        yield from rules.judge(one, measure)
    yield from rules.several_main(known)
