"""Addresses of projects, under ``/console/projects/``."""

from django.urls import path

from yunshu.domains.projects.loan_urls import LOAN_URLS
from yunshu.domains.projects.views import contracts, life, money, projects, review

app_name = "projects"
PROJECTS = [
    path("", projects.index, name="projects"),
    path("new/", projects.create, name="create"),
    path("project/<str:number>/", projects.detail, name="project"),
    path("project/<str:number>/act/", projects.act, name="act"),
    path("project/<str:number>/documents/", life.hand_in, name="hand_in"),
    path("project/<str:number>/edit/", projects.edit, name="edit"),
    path("project/<str:number>/approve/", projects.approve, name="approve"),
    path("project/<str:number>/costs/", projects.costs, name="costs"),
    path("project/<str:number>/accept/", projects.accept, name="accept"),
]
CONTRACTS = [
    path("contracts/", contracts.index, name="contracts"),
    path("project/<str:project>/contract/", contracts.create, name="create_contract"),
    path("contracts/<str:number>/", contracts.detail, name="contract"),
    path("contracts/<str:number>/edit/", contracts.edit, name="edit_contract"),
    path("contracts/<str:number>/plan/", contracts.plan, name="plan"),
    path("contracts/<str:number>/file/", contracts.file, name="file_contract"),
    path("contracts/<str:number>/change/", contracts.change, name="change_contract"),
    path("contracts/<str:number>/end/<slug:state>/", contracts.end, name="end_contract"),
    path("contracts/<str:number>/guarantee/", contracts.receive, name="guarantee"),
    path("contracts/<str:number>/guarantees/<str:guarantee>/return/", contracts.give_back, name="return_guarantee"),
    path("contracts/<str:number>/<int:ordinal>/confirm/", contracts.confirm, name="confirm"),
    path("contracts/<str:number>/<int:ordinal>/deduct/", contracts.deduct, name="deduct"),
    path("contracts/<str:number>/confirmations/<str:confirmation>/", contracts.take_back, name="take_back"),
    path("contracts/<str:number>/penalties/<str:penalty>/", contracts.waive, name="waive"),
]
MONEY = [
    path("contracts/<str:number>/<int:ordinal>/pay/", money.pay, name="pay"),
    path("project/<str:number>/pay/", money.pay_directly, name="pay_directly"),
    path("project/<str:number>/budget/", money.move, name="budget"),
    path("project/<str:number>/carry/", money.carry, name="carry"),
    path("payments/", money.payments, name="payments"),
    path("payments/import/", money.upload, name="import_payments"),
    path("payments/template.csv", money.template, name="payments_template"),
    path("payments/<str:number>/reverse/", money.reverse_payment, name="reverse_payment"),
    path("year/", money.year_money, name="year"),
]
REVIEWS = [
    path("reviews/", review.index, name="reviews"),
    path("seats/", review.seats, name="seats"),
    path("seats/<str:number>/", review.score, name="score"),
    path("project/<str:number>/review/", review.organise, name="organise"),
    path("project/<str:number>/cut/", review.cut, name="cut"),
    path("project/<str:number>/duplicates/", review.duplicates, name="duplicates"),
    path("reviews/<str:number>/", review.detail, name="review"),
    path("reviews/<str:number>/word/", review.word, name="word"),
    path("reviews/<str:number>/reveal/", review.reveal, name="reveal"),
    path("reviews/<str:number>/recuse/<str:expert>/", review.recuse, name="recuse"),
    path("reviews/<str:number>/finding/", review.find, name="find"),
    path("reviews/<str:number>/findings/<str:finding>/", review.settle, name="settle_finding"),
    path("reviews/<str:number>/conclude/", review.conclude, name="conclude"),
    path("reviews/<str:number>/report.docx", review.report, name="review_report"),
]
urlpatterns = [*PROJECTS, *CONTRACTS, *MONEY, *REVIEWS, *LOAN_URLS]
