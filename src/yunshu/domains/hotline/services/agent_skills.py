"""Which agent has which skill: one register for the telephones and the roster."""

from collections.abc import Collection

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.models import AgentSkill, Skill


def give(person: Person, codes: Collection[str]) -> None:
    """Let somebody have these skills and no others, in the caller's transaction; codes that are not in use are passed over."""
    wanted = {row.pk: row for row in Skill.objects.filter(code__in=codes, is_active=True)}
    AgentSkill.objects.filter(person=person).exclude(skill_id__in=wanted).delete()
    known = set(AgentSkill.objects.filter(person=person).values_list("skill_id", flat=True))
    AgentSkill.objects.bulk_create(
        AgentSkill(person=person, skill=row) for pk, row in wanted.items() if pk not in known
    )
