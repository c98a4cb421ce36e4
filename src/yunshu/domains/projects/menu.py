"""What projects tells the frame: its entries in the navigation."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.projects.contracts import DOCUMENT_KIND, LOAN_VIEW, PROJECT_VIEW, REVIEW_SCORE
from yunshu.domains.projects.rules import life
from yunshu.domains.projects.selectors import life as selectors
from yunshu.domains.projects.selectors.projects import may_see_project, visible_projects
from yunshu.domains.workflow import api as workflow
from yunshu.lib.ui import nav, search

SECTION = _l("项目管理")
ENTRIES = (
    ("projects:projects", _l("信息化项目"), "briefcase", "g i", PROJECT_VIEW),
    ("projects:contracts", _l("项目合同"), "file-text", "", PROJECT_VIEW),
    ("projects:payments", _l("项目付款"), "banknote", "", PROJECT_VIEW),
    ("projects:year", _l("执行与现金流"), "calendar", "", PROJECT_VIEW),
    ("projects:reviews", _l("第三方评审"), "gavel", "", PROJECT_VIEW),
    ("projects:seats", _l("我的评审"), "scale", "", REVIEW_SCORE),
    ("projects:loans", _l("外币贷款"), "hand-coins", "", LOAN_VIEW),
)


DOCUMENT_FILES = files.Owner(
    kind=DOCUMENT_KIND,
    label=_l("项目材料"),
    may_view=selectors.may_see_document,
    may_add=selectors.may_add_to_document,
    org_path=selectors.org_path_of_document,
    years=None,
    basis=_l("项目档案的保管期限未见规定，长期保存"),
)


def register() -> None:
    """Register what other floors ask for."""
    workflow.register(life.LIFE, selectors.days_of, opens=may_see_project)
    files.register(DOCUMENT_FILES)
    search.register(search.SearchSource(name=_l("信息化项目"), search=search_projects))
    nav.register_section(SECTION, ENTRIES, 70)


def search_projects(viewer: Viewer, query: str, limit: int) -> Sequence[search.Hit]:
    """Return the projects in reach whose name, number or code holds the words."""
    rows = visible_projects(viewer).filter(
        Q(name__icontains=query) | Q(number__icontains=query) | Q(code__icontains=query)
    )
    return [
        search.Hit(
            title=row.name,
            url=reverse("projects:project", args=[row.number]),
            summary=row.org.name,
            kind=_("信息化项目"),
        )
        for row in rows[:limit]
    ]
