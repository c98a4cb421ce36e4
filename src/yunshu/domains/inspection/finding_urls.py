"""Addresses of findings, their review and rectification, and of reports from citizens."""

from django.urls import path

from yunshu.domains.inspection.views import findings, queue, rectification, reports

FINDING_PATHS = [
    path("findings/", findings.index, name="findings"),
    path("findings/<slug:number>/", findings.detail, name="finding"),
    path("findings/<slug:number>/decide/", findings.decide, name="decide_finding"),
    path("findings/<slug:number>/proof/<int:proof_id>/", findings.proof, name="proof"),
    path("findings/<slug:number>/picture/<int:proof_id>/", findings.picture, name="picture"),
    path("findings/<slug:number>/submit/", rectification.submit, name="submit_finding"),
    path("findings/<slug:number>/extend/", rectification.extend, name="extend_finding"),
    path("findings/<slug:number>/appeal/", rectification.make_appeal, name="appeal_finding"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<slug:number>/", queue.review, name="review_finding"),
    path("terms/", findings.terms, name="terms"),
    path("notices/", rectification.index, name="notices"),
    path("notices/issue/", rectification.issue, name="issue_notices"),
    path("notices/<slug:number>/", rectification.detail, name="notice"),
    path("notices/<slug:number>/notice.docx", rectification.paper, name="notice_paper"),
    path("mending/", rectification.mending, name="mending"),
    path("extensions/<slug:number>/", rectification.decide_extension, name="decide_extension"),
    path("appeals/", rectification.appeal_index, name="appeals"),
    path("appeals/<slug:number>/", rectification.appeal, name="appeal"),
    path("appeals/<slug:number>/withdraw/", rectification.withdraw_appeal, name="withdraw_appeal"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:number>/", reports.detail, name="report"),
    path("reports/<slug:number>/take-up/", reports.take_up, name="take_up_report"),
    path("reports/<slug:number>/erase/", reports.erase, name="erase_report"),
]
