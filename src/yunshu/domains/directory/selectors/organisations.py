"""Organisations and people, as far as the viewer sees."""

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import ORG_VIEW, OrgCard, PersonCard, Viewer
from yunshu.domains.directory.models import Org, Person
from yunshu.lib.kernel.errors import NotFound


def visible_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations ``viewer`` may see: where the permission reaches, and the own one."""
    reach = Q(pk=getattr(viewer, "org_id", 0))
    for path, subtree in viewer.reach(ORG_VIEW):
        reach |= Q(path__startswith=path) if subtree else Q(path=path)
    return Org.objects.filter(reach).select_related("parent")


def get_org(viewer: Viewer, code: str) -> Org:
    """Return one organisation; raise NotFound if absent or out of sight."""
    org = visible_orgs(viewer).filter(code=code).first()
    if org is None:
        raise NotFound("org_not_found")
    return org


def visible_people(viewer: Viewer) -> QuerySet[Person]:
    """Return the people of the organisations ``viewer`` may see."""
    return Person.objects.filter(org__in=visible_orgs(viewer)).select_related("org", "account")


def org_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Return code and name of the visible organisations, in the order of the tree, to choose from."""
    return list(visible_orgs(viewer).order_by("path").values_list("code", "name"))


def get_person(viewer: Viewer, number: str) -> Person:
    """Return one person; raise NotFound if absent or out of sight."""
    person = visible_people(viewer).filter(number=number).first()
    if person is None:
        raise NotFound("person_not_found")
    return person


def org_card(org: Org) -> OrgCard:
    """Return the organisation as other domains see it."""
    return OrgCard(id=org.pk, code=org.code, name=org.name, path=org.path, kind=org.kind, is_sample=org.is_sample)


def person_card(person: Person) -> PersonCard:
    """Return the person as other domains see them."""
    return PersonCard(id=person.pk, name=person.name, title=person.title, org=org_card(person.org))


def top_orgs(viewer: Viewer) -> QuerySet[Org]:
    """Return the organisations at which the viewer's tree begins: those whose parent is out of sight."""
    visible = visible_orgs(viewer)
    return with_counts(visible.exclude(parent__in=visible.values("pk")))


def child_orgs(viewer: Viewer, code: str) -> QuerySet[Org]:
    """Return what stands directly below an organisation. Raises NotFound if that is out of sight."""
    return with_counts(visible_orgs(viewer).filter(parent=get_org(viewer, code)))


def with_counts(orgs: QuerySet[Org]) -> QuerySet[Org]:
    """Add how many organisations and active people stand directly below each."""
    return orgs.annotate(
        below=Count("children", distinct=True), staff=Count("people", filter=Q(people__is_active=True), distinct=True)
    )


def ancestors(viewer: Viewer, org: Org) -> list[Org]:
    """Return the organisations above, the highest first, as far as the viewer sees them."""
    ids = [int(part) for part in org.path.strip("/").split("/")][:-1]
    rows = visible_orgs(viewer).in_bulk(ids)
    return [rows[i] for i in ids if i in rows]


def matching_orgs(viewer: Viewer, query: str) -> QuerySet[Org]:
    """Return visible organisations by name, pinyin (full or initials) or code."""
    words = query.strip()
    return visible_orgs(viewer).filter(
        Q(name__contains=words)
        | Q(short_name__contains=words)
        | Q(pinyin__contains=words.lower())
        | Q(code__contains=words)
    )


def matching_people(viewer: Viewer, query: str) -> QuerySet[Person]:
    """Return visible people by name, pinyin (full or initials) or number."""
    words = query.strip()
    return visible_people(viewer).filter(
        Q(name__contains=words) | Q(pinyin__contains=words.lower()) | Q(number__contains=words)
    )


def colleagues(viewer: Viewer) -> QuerySet[Person]:
    """Return the visible people who work here and can sign in: who may stand in for whom."""
    rows = visible_people(viewer).filter(is_active=True, account__is_active=True)
    return rows.order_by("org__path", "number")


def own_number(viewer: Viewer) -> str:
    """Return the viewer's own number as a person; empty for programs."""
    me = Person.objects.filter(pk=getattr(viewer, "person_id", 0)).first()
    return me.number if me else ""


def number_taken(number: str) -> bool:
    """Say whether a person has this number, in sight or not."""
    return Person.objects.filter(number=number).exists()


def code_taken(code: str) -> bool:
    """Say whether an organisation has this code, in sight or not."""
    return Org.objects.filter(code=code).exists()
