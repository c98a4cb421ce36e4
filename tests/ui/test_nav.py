"""The navigation: what a viewer may open, each entry with a shortcut of its own."""

import pytest
from django.test import RequestFactory
from tests.ui.urls import clerk

from yunshu.domains.directory.contracts import ORG_VIEW, Anonymous
from yunshu.lib.ui import nav

pytestmark = pytest.mark.urls("tests.ui.urls")


@pytest.fixture
def entries(monkeypatch):
    monkeypatch.setattr(nav, "_ITEMS", {})
    nav.register(nav.NavItem(section="系统", label="样式", url_name="ui:style", order=50))
    nav.register(
        nav.NavItem(
            section="工作", label="离线", url_name="ui:offline", order=20, permission=ORG_VIEW, badge=lambda _v: 7
        )
    )
    nav.register(
        nav.NavItem(section="系统", label="清单", url_name="ui:references", order=60, visible=lambda _v: False)
    )
    nav.register(nav.NavItem(section="工作", label="没有的页面", url_name="nowhere:page", order=10))


def seen_by(viewer, path="/style/"):
    request = RequestFactory().get(path)
    request.viewer = viewer
    return [(s.label, [link.label for link in s.links]) for s in nav.sections(request)], nav.sections(request)


def test_a_viewer_sees_what_is_permitted_in_order(entries):
    assert seen_by(clerk())[0] == [("系统", ["样式"])]
    assert seen_by(clerk(ORG_VIEW))[0] == [("工作", ["离线"]), ("系统", ["样式"])]
    assert seen_by(Anonymous())[0] == []


def test_the_present_page_is_marked_and_waiting_work_counted(entries):
    offline, style = (section.links[0] for section in seen_by(clerk(ORG_VIEW))[1])
    assert (offline.current, offline.count, style.current) == (False, 7, True)


def test_an_address_is_registered_once(entries):
    with pytest.raises(ValueError, match="twice"):
        nav.register(nav.NavItem(section="x", label="x", url_name="ui:style"))


def test_no_two_entries_share_a_shortcut():
    assert nav.shared_shortcuts() == {}
