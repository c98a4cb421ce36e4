"""What a pack says is watched: checked, loaded once, then left to people."""

from pathlib import Path

import pytest

from yunshu.config.city import load, load_targets
from yunshu.config.city.check import check
from yunshu.config.city.check_targets import FILE
from yunshu.config.city.problems import Weight
from yunshu.domains.operations.models import Need, Target

from .conftest import Edit
from .test_load import pack_of

pytestmark = pytest.mark.django_db


def test_the_citys_targets_are_entered_without_an_invented_address_and_left_to_people(folder: Path) -> None:
    pack = pack_of(folder)
    load.load_roles(pack)
    load.load_organisations(pack)

    first = load_targets.load_targets(pack)
    Target.objects.filter(code="oa").update(name="公文系统")
    again = load_targets.load_targets(pack)

    assert first.counts["created"] == len(pack.targets) == Target.objects.count()
    assert again.counts == {"created": 0, "same": len(pack.targets)}
    assert Target.objects.get(code="oa").name == "公文系统"
    assert not any(t.check_form for t in Target.objects.all())
    sms = Need.objects.filter(target__code="oa-sms")
    assert {(n.upstream.code, n.least) for n in sms} == {("line-sms-1", 1), ("line-sms-2", 1)}
    assert len({n.group for n in sms}) == 1


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("platform,电子政务平台,system", "platform,电子政务平台,rocket", "rocket"),
        ("platform,电子政务平台,system,445200-001", "platform,电子政务平台,system,999", "999"),
        ("line-sms-1|line-sms-2", "line-sms-1|line-sms-9", "line-sms-9"),
    ],
)
def test_what_does_not_hold_together_is_named_with_its_line(
    folder: Path, edit: Edit, was: str, becomes: str, words: str
) -> None:
    edit(FILE, was, becomes)
    _pack, problems = check(folder)
    (found,) = [p for p in problems if p.file == FILE and p.weight is Weight.ERROR]
    assert words in found.message
    assert found.place.startswith("第")
