"""Addresses of the performance table, under ``/console/tables/``."""

from django.urls import path

from yunshu.domains.evaluation.views import (
    budget,
    corrections,
    exporting,
    following,
    importing,
    indicators,
    proof,
    rebinding,
    scoring,
    tables,
)

app_name = "evaluation"
urlpatterns = [
    path("", tables.tables, name="tables"),
    path("import/", importing.upload, name="upload"),
    path("import/<str:number>/", importing.review, name="review_import"),
    path("rules/", corrections.rules, name="rules"),
    path("rules/<slug:rule>/", corrections.rule, name="rule"),
    path("<str:number>/", tables.table, name="table"),
    path("<str:number>/act/", tables.act, name="act"),
    path("<str:number>/explain/", tables.explain, name="explain"),
    path("<str:number>/content/", tables.content, name="content"),
    path("<str:number>/versions/", tables.versions, name="versions"),
    path("<str:number>/versions/<int:ordinal>.xlsx", exporting.export, name="export"),
    path("<str:number>/versions/<int:ordinal>.<slug:kind>", exporting.export, name="export_as"),
    path("<str:number>/versions/<int:ordinal>/", tables.changes, name="changes"),
    path("<str:number>/score/", scoring.score, name="score"),
    path("<str:number>/score/weights/", scoring.weights, name="weights"),
    path("<str:number>/score/lines/<str:line>/", scoring.decide, name="decide_line"),
    path("<str:number>/report/", exporting.report, name="report"),
    path("<str:number>/report.<slug:kind>", exporting.report_file, name="report_file"),
    path("<str:number>/links/", corrections.links, name="links"),
    path("<str:number>/monitoring/", following.monitoring, name="monitoring"),
    path("<str:number>/proof/", proof.proof, name="proof"),
    path("<str:number>/years/", following.years, name="years"),
    path("<str:number>/budget/", budget.budget, name="budget"),
    path("<str:number>/budget/projects/", budget.link_project, name="link_project"),
    path("<str:number>/budget/projects/<str:project>/remove/", budget.unlink_project, name="unlink_project"),
    path("<str:number>/payments/<str:payment>/reverse/", budget.reverse_payment, name="reverse_payment"),
    path("<str:number>/indicators/<int:ordinal>/", indicators.indicator, name="indicator"),
    path("<str:number>/indicators/<int:ordinal>/evidence/", indicators.record, name="record_evidence"),
    path("<str:number>/indicators/<int:ordinal>/bind/", rebinding.bind, name="bind"),
    path("<str:number>/indicators/<int:ordinal>/bind/<str:change>/", rebinding.decide, name="decide_binding"),
    path("<str:number>/indicators/<int:ordinal>/records/<str:record>/", rebinding.record, name="measured_record"),
    path("<str:number>/evidence/<str:evidence>/correct/", indicators.correct, name="correct_evidence"),
    path("<str:number>/evidence/<str:evidence>/files/", indicators.add_files, name="add_evidence_files"),
    path("<str:number>/evidence/<str:evidence>/withdraw/", indicators.withdraw, name="withdraw_evidence"),
]
