"""A kind of thing that can be taken over: its fields, and how its domain makes, shows and removes it. Base class and registry."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.taking.fields import Field
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.models import Row

Prove = Callable[[str, str, Mapping[str, Any], Any, datetime], str]
"""(verb, run's number, what, actor, now) → the number of the record: where the city keeps its evidence."""


class Kind(ABC):
    """What the engine asks of a kind. ``order`` is the order in which kinds are taken over; ``parent`` names the field that makes a tree."""

    code: ClassVar[str]
    name: ClassVar[Any]
    about: ClassVar[Any]
    order: ClassVar[int] = 0
    key: ClassVar[str]
    parent: ClassVar[str] = ""
    fields: ClassVar[tuple[Field, ...]]

    def resolve(self, rows: Sequence[Judged]) -> None:  # noqa: B027 - a kind may refer to nothing
        """Turn what rows refer to into what the domain calls it; refuse what it does not know. Called in the transaction of the batch."""

    def known(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Return the objects that exist already, by key, whoever made them."""
        return {}

    @abstractmethod
    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Make one object through its domain; return its number. Raises what the domain raises."""

    def create_all(self, rows: Sequence[Mapping[str, Any]], actor: Any, now: datetime) -> list[str] | None:
        """Make all at once where the domain can; None: it cannot, make them one by one."""
        return None

    @abstractmethod
    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read back what stands in the database, by object, field by field."""

    @abstractmethod
    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """Return what depends on the objects, counted by what it is called."""

    @abstractmethod
    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Take the objects back, in the caller's transaction."""

    def url(self, number: str) -> str:
        """Return the address of an object's page, empty: it has none."""
        return ""


def taken(kind: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the objects that were taken over under some keys of the source, by key."""
    rows = Row.objects.filter(kind=kind, key__in=set(keys), outcome=Row.Outcome.CREATED)
    return dict(rows.values_list("key", "object"))


_KINDS: dict[str, Kind] = {}
_PROVES: list[Prove] = []
_ACTORS: list[Callable[[str], Any]] = []


def register(kind: Kind) -> None:
    """Add a kind; a second one of the same code is a programming error."""
    if _KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"kind {kind.code} is registered twice")


def provide(*, prove: Prove, actor: Callable[[str], Any]) -> None:
    """Say where runs and undos are recorded, and who acts in a domain for the person of a name."""
    _PROVES[:], _ACTORS[:] = [prove], [actor]


def actor_for(by: str) -> Any:
    """Return who acts for a person: the platform, naming them."""
    return _ACTORS[0](by)


def prove(verb: str, number: str, words: Mapping[str, Any], actor: Any, now: datetime) -> None:
    """Record what happened to a run, where a place for it was provided."""
    for each in _PROVES:
        each(verb, number, words, actor, now)


def kinds() -> list[Kind]:
    """Return the kinds in the order in which they are taken over."""
    return sorted(_KINDS.values(), key=lambda kind: kind.order)


def kind_of(code: str) -> Kind:
    """Return a kind; raise NotFound (``kind_not_found``)."""
    if code not in _KINDS:
        known = "、".join(kind.code for kind in kinds())
        raise NotFound("kind_not_found", _("没有类别“%(code)s”，可用：%(known)s。") % {"code": code, "known": known})
    return _KINDS[code]
