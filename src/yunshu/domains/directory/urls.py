"""Addresses of the directory's pages, below ``/console/``."""

from django.urls import path

from yunshu.domains.directory.views import access, calendar, operating, organisations, people, security

app_name = "directory"
urlpatterns = [
    path("orgs/", organisations.orgs, name="orgs"),
    path("orgs/new/", organisations.org_new, name="org_new"),
    path("orgs/<str:code>/", organisations.org, name="org"),
    path("orgs/<str:code>/below/", organisations.org_children, name="org_children"),
    path("orgs/<str:code>/edit/", organisations.org_edit, name="org_edit"),
    path("orgs/<str:code>/switch/", organisations.org_switch, name="org_switch"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<str:number>/", people.person, name="person"),
    path("people/<str:number>/edit/", people.person_edit, name="person_edit"),
    path("people/<str:number>/account/", people.account_new, name="account_new"),
    path("people/<str:number>/account/switch/", people.account_switch, name="account_switch"),
    path("people/<str:number>/password/", people.password_reset, name="password_reset"),
    path("people/<str:number>/grant/", access.grant, name="grant"),
    path("people/<str:number>/grants/<int:assignment_id>/revoke/", access.revoke, name="revoke"),
    path("roles/", access.roles, name="roles"),
    path("roles/new/", access.role_form, name="role_new"),
    path("roles/<slug:code>/", access.role_form, name="role"),
    path("access/", access.access, name="access"),
    path("delegations/", access.delegations, name="delegations"),
    path("delegations/new/", access.delegate, name="delegate"),
    path("delegations/<int:delegation_id>/end/", access.delegation_end, name="delegation_end"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<int:year>/", calendar.calendar, name="calendar_year"),
    path("calendar/<int:year>/day/", calendar.day_save, name="day_save"),
    path("calendar/<int:year>/day/remove/", calendar.day_remove, name="day_remove"),
    path("calendar/<int:year>/notice/", calendar.year_save, name="year_save"),
    path("calendar/<int:year>/hours/", calendar.hours_save, name="hours_save"),
    path("api-keys/", operating.api_keys, name="api_keys"),
    path("api-keys/new/", operating.api_key_new, name="api_key_new"),
    path("api-keys/<slug:prefix>/revoke/", operating.api_key_revoke, name="api_key_revoke"),
    path("security/", security.security, name="security"),
    path("security/locks/<str:username>/release/", security.lock_release, name="lock_release"),
    path("security/factors/<str:username>/remove/", security.factor_remove, name="factor_remove"),
    path("personal-looks/", security.looks, name="personal_looks"),
    path("people/<str:number>/phone/", security.person_phone, name="person_phone"),
    path("sign-ins/", operating.sign_ins, name="sign_ins"),
    path("audit/", operating.audit, name="audit"),
    path("status/", operating.status, name="status"),
]
