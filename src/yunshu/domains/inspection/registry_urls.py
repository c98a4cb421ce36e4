"""Addresses of the registry: sites, accounts, posts, letters, hosts that were seen."""

from django.urls import path

from yunshu.domains.inspection.views import accounts, candidates, importing, letters, sites

REGISTRY_PATHS = [
    path("sites/", sites.index, name="sites"),
    path("sites/new/", sites.create, name="new_site"),
    path("sites/<str:number>/", sites.detail, name="site"),
    path("sites/<str:number>/edit/", sites.edit, name="edit_site"),
    path("sites/<str:number>/change/", sites.change, name="change_site"),
    path("sites/<str:number>/windows/", sites.add_window, name="add_window"),
    path("sites/<str:number>/windows/<str:window>/call-off/", sites.call_off, name="call_off_window"),
    path("sites/<str:number>/columns/<int:pk>/", sites.column, name="column"),
    path("accounts/", accounts.index, name="accounts"),
    path("accounts/new/", accounts.create, name="new_account"),
    path("accounts/<str:number>/", accounts.detail, name="account"),
    path("accounts/<str:number>/edit/", accounts.edit, name="edit_account"),
    path("accounts/<str:number>/write/", accounts.write, name="write_post"),
    path("accounts/<str:number>/posts/<int:pk>/", accounts.post, name="post"),
    path("posts/", accounts.posts, name="posts"),
    path("letters/", letters.index, name="letters"),
    path("letters/<int:pk>/", letters.detail, name="letter"),
    path("candidates/", candidates.index, name="candidates"),
    path("candidates/<str:host>/", candidates.detail, name="candidate"),
    path("import/<slug:what>/", importing.upload, name="import"),
    path("import/<slug:what>/template.xlsx", importing.template, name="import_template"),
    path("export/<slug:what>.xlsx", importing.export, name="export"),
]
