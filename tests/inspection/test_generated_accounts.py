"""The accounts of generated cities, with the truth beside what was found."""

import pytest
from tests.factories.directory import OrgFactory

from yunshu.config.world import inspecting, inspecting_accounts
from yunshu.domains.directory.contracts import System
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic.web import web_city

BY = System(name="测试")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [11, 4242])
def test_a_generated_citys_accounts_are_judged_as_its_truth_says(seed: int) -> None:
    city, org = web_city(seed, clock.now()), OrgFactory()
    inspecting.enter_words(city)
    rows = inspecting_accounts.register(city, org, BY, clock.now())
    assert inspecting_accounts.inspect(clock.now()) == sum(len(one.posts) for one in city.accounts)
    scores = inspecting_accounts.scores(city, rows)
    assert {"account_stale", "account_zombie", "account_mute", "account_uncertified", "发文 privacy_leak"} <= set(
        scores
    )
    poor = {check: score for check, score in scores.items() if min(score.recall, score.precision) < 1}
    assert poor == {}
