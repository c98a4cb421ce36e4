"""An object for every address of the pages of inspection, for whoever walks them (``tests/console/test_walk.py``)."""

from datetime import timedelta
from typing import Any

from tests.inspection import finding_world, scheme_world

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.models import Candidate, Column, MaintenanceWindow, Message, Post, Run
from yunshu.domains.inspection.services import assessments, schemes


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address."""
    return finding_world.examples(org) | _registry(org) | _results(org)


def _registry(org: Org) -> dict[str, Any]:
    city = scheme_world.City(bureau=org)
    city.count = 20
    site, account, now = city.site(org=org, name="site"), city.account(org=org, name="account"), city.now
    column = Column.objects.create(site=site, url=f"{site.home_url}news/", name="news", path="news")
    window = MaintenanceWindow.objects.create(
        number="WH1", site=site, starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2),
        reason="test", registered_at=now, registered_by="test",
    )  # fmt: skip
    post = Post.objects.create(
        account=account, post_id="1", at=now, title="post", digest="0" * 64, origin="manual", taken_at=now
    )
    letter = Message.objects.create(site=site, message_id="1", title="letter", asked_at=now, seen_at=now)
    host = Candidate.objects.create(
        host="new.example.gov.cn", site=site, seen_on=site.home_url, first_seen=now, last_seen=now
    )
    run = Run.objects.create(number="JC1", site=site, crawl="test", started_at=now, asked_by="test")
    return {
        **{f"inspection:{name}": (site.number,) for name in ("site", "edit_site", "change_site", "add_window")},
        "inspection:call_off_window": (site.number, window.number),
        "inspection:column": (site.number, column.pk),
        **{f"inspection:{name}": (account.number,) for name in ("account", "edit_account", "write_post")},
        "inspection:post": (account.number, post.pk),
        "inspection:letter": (letter.pk,),
        "inspection:candidate": (host.host,),
        **{f"inspection:{name}": ("sites",) for name in ("import", "import_template", "export")},
        "inspection:run": (run.number,),
    }


def _results(org: Org) -> dict[str, Any]:
    city = scheme_world.City(bureau=org)
    city.count = 50
    city.finding(city.site(org=org, name="scored"), "column_blank", words="blank")
    version = city.version()
    draft = schemes.copy_version(
        actor=city.boss, number=version.number, spec=schemes.VersionSpec(name="draft", source="test"), now=city.now
    )
    row = city.frozen(name="quarter")
    assessments.publish_assessment(actor=city.boss, number=row.number, now=city.now)
    code = draft.indicators.order_by("pk").values_list("code", flat=True)[0]
    paper = ("assessment", "act_assessment", "grant_bonus", "circular", "circular_docx", "score_book")
    return {
        "inspection:unit_results": (org.code,),
        **{
            f"inspection:{name}": (draft.number,)
            for name in ("scheme", "copy_scheme", "choose_scheme", "new_indicator")
        },
        "inspection:compare_schemes": (version.number, draft.number),
        **{f"inspection:{name}": (draft.number, code) for name in ("indicator", "remove_indicator")},
        "inspection:assessed": (row.assessed.values_list("pk", flat=True)[0],),
        **{f"inspection:{name}": (row.number,) for name in paper},
    }
