"""An old text under a new date: what is remembered of the crawl before, for as long as the text stays."""

from tests.inspection.checks.made import KIT, page, site, view

from yunshu.domains.inspection.checks import facts, site_dates

OLD = {"on": "2025-03-01", "digest": "a", "blocks": ["x" * 12, "y" * 12], "sizes": [300, 200]}


def test_a_date_that_was_made_new_stays_known_until_the_text_is_another() -> None:
    renewed = {**OLD, "on": "2026-06-10"}
    first = facts.was(renewed, OLD)
    assert first == {name: OLD[name] for name in ("on", "blocks", "sizes")}
    assert facts.was(renewed, {**renewed, "was": first}) == first
    rewritten = {**renewed, "digest": "b"}
    assert facts.was(rewritten, {**renewed, "was": first}) is None


def test_a_first_sight_and_an_unchanged_date_remember_nothing() -> None:
    assert facts.was(OLD, None) is None
    assert facts.was(OLD, {**OLD, "on": None}) is None
    assert facts.was(OLD, OLD) is None


def test_an_old_text_with_a_new_date_is_found_and_a_new_text_is_not() -> None:
    renewed = {**OLD, "on": "2026-06-10"}
    told = view(page("/1.html", "article", before=facts.was(renewed, OLD), **renewed))
    assert [one.detail["recipe"] for one in site_dates.conclude(told, site(), KIT)] == ["renewed"]
    other = {**renewed, "blocks": ["z" * 12, "w" * 12]}
    told = view(page("/1.html", "article", before=facts.was(other, OLD), **other))
    assert [*site_dates.conclude(told, site(), KIT)] == []
