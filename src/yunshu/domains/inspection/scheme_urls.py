"""Addresses of schemes, assessments and results."""

from django.urls import path

from yunshu.domains.inspection.views import assessments, results, schemes

SCHEME_PATHS = [
    path("board/", results.board, name="board"),
    path("units/<str:code>/", results.unit, name="unit_results"),
    path("schemes/", schemes.index, name="schemes"),
    path("schemes/<str:number>/", schemes.detail, name="scheme"),
    path("schemes/<str:number>/copy/", schemes.copy, name="copy_scheme"),
    path("schemes/<str:number>/compare/", schemes.choose, name="choose_scheme"),
    path("schemes/<str:number>/compare/<str:other>/", schemes.compare, name="compare_schemes"),
    path("schemes/<str:number>/indicators/new/", schemes.indicator, name="new_indicator"),
    path("schemes/<str:number>/indicators/<str:code>/", schemes.indicator, name="indicator"),
    path("schemes/<str:number>/indicators/<str:code>/remove/", schemes.remove, name="remove_indicator"),
    path("assessments/", assessments.index, name="assessments"),
    path("assessments/new/", assessments.create, name="new_assessment"),
    path("assessments/objects/", assessments.objects, name="assessed_objects"),
    path("assessments/objects/<int:pk>/", assessments.assessed, name="assessed"),
    path("assessments/<str:number>/", assessments.detail, name="assessment"),
    path("assessments/<str:number>/act/", assessments.act, name="act_assessment"),
    path("assessments/<str:number>/bonus/", assessments.grant, name="grant_bonus"),
    path("assessments/<str:number>/circular/", assessments.circular, name="circular"),
    path("assessments/<str:number>/circular.docx", assessments.circular_docx, name="circular_docx"),
    path("assessments/<str:number>/scores.xlsx", assessments.score_book, name="score_book"),
]
