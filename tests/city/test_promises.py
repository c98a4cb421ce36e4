"""What Jieyang's table promises is measured by the domains from the first day on, and nothing is invented where nothing is known."""

from datetime import date
from pathlib import Path

import pytest
from tests.evaluation import lives

from yunshu.config.city import load, load_calendar, load_campaigns, load_projects, load_tables, load_targets
from yunshu.config.city.pack import Pack
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.selectors import money, scoreboard
from yunshu.domains.operations.models import Campaign, CampaignUnit
from yunshu.lib.kernel.measure import metrics

from .conftest import Edit
from .test_load import pack_of

pytestmark = pytest.mark.django_db


def with_table(folder: Path) -> Pack:
    """Load a pack as far as its table."""
    found = pack_of(folder)
    load.load_roles(found)
    load.load_organisations(found)
    load_calendar.load_hours(found)
    list(load_calendar.load_years(found))
    load_tables.load_tables(found)
    return found


@pytest.fixture
def pack(folder: Path) -> Pack:
    """Return the pack, loaded as far as the table needs it."""
    found = with_table(folder)
    list(load_projects.load_projects(found))
    load_targets.load_targets(found)
    load_campaigns.load_campaigns(found)
    return found


def test_all_eight_indicators_are_bound_and_measure_nothing_before_there_are_records(pack: Pack) -> None:
    lines = scoreboard(PerformanceTable.objects.get(year=2022), date(2022, 12, 31))
    assert [line.binding.metric for line in lines if line.binding] == [
        "operations.units_replaced",
        "operations.trainings_held_12345",
        "operations.tests_passed_oa",
        "operations.system_availability",
        "projects.budget_executed",
        "operations.response_hours_12345",
        "operations.replacement_rate",
        "operations.years_in_service_12345",
    ]
    assert [line.verdict.value for line in lines] == [None] * 8
    assert all(line.measurement and line.measurement.note for line in lines)
    assert all(metrics()[line.binding.metric].unit == line.indicator.unit for line in lines if line.binding)


def test_every_task_is_paid_from_the_book_of_its_project(pack: Pack) -> None:
    rows, _total = money(PerformanceTable.objects.get(year=2022))
    assert [len(row.projects) for row in rows] == [1] * 14
    again = {tally.file: dict(tally.counts) for tally in load_projects.load_projects(pack)}
    assert again["projects.toml"] == {"same": 14}


def test_a_table_of_an_earlier_release_is_bound_where_nobody_has_touched_it(folder: Path, edit: Edit) -> None:
    bound = 'metric = "operations.system_availability"'
    edit("tables/2022.toml", bound, "")
    with_table(folder)
    table = PerformanceTable.objects.get(year=2022)
    assert table.bindings.get(indicator=4).metric == ""
    edit("tables/2022.toml", "target = 99\n", f"target = 99\n{bound}\n")
    again = load_tables.load_tables(pack_of(folder))
    assert again.counts["updated"] == 1
    assert table.bindings.get(indicator=4).metric == "operations.system_availability"


def test_a_promise_that_people_bound_otherwise_stays_so(pack: Pack) -> None:
    table = PerformanceTable.objects.get(year=2022)
    lives.rebind(table, 2, "", accumulates=True)
    load_tables.load_tables(pack)
    assert table.bindings.get(indicator=2).metric == ""


def test_the_campaign_lists_its_eighty_five_units_and_claims_nothing_of_their_terminals(pack: Pack) -> None:
    campaign = Campaign.objects.get()
    assert (campaign.frozen_at, campaign.units.count()) == (None, 85)
    assert not CampaignUnit.objects.filter(announced__isnull=False).exists()
    again = load_campaigns.load_campaigns(pack)
    assert again.counts == {"same": 1}
    assert Campaign.objects.count() == 1
