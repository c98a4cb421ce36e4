"""Addresses of loans, under ``/console/projects/``."""

from django.urls import path

from yunshu.domains.projects.views import loan_entries, loan_planning, loan_rates, loans

LOAN_URLS = [
    path("loans/", loans.index, name="loans"),
    path("loans/new/", loans.create, name="new_loan"),
    path("loans/rates/", loan_rates.index, name="rates"),
    path("loans/rates/new/", loan_rates.add, name="add_rates"),
    path("loans/rates/<str:number>/", loan_rates.correct, name="correct_rate"),
    path("loans/<str:number>/", loans.detail, name="loan"),
    path("loans/<str:number>/edit/", loans.edit, name="edit_loan"),
    path("loans/<str:number>/print/", loans.paper, name="print_loan"),
    path("loans/<str:number>/terms/", loans.terms, name="loan_terms"),
    path("loans/<str:number>/terms/new/", loans.new_terms, name="new_loan_terms"),
    path("loans/<str:number>/account/", loan_entries.account, name="loan_account"),
    path("loans/<str:number>/account/open/", loan_entries.open_books, name="open_loan_account"),
    path("loans/<str:number>/account/repay/", loan_entries.repay, name="repay_loan"),
    path("loans/<str:number>/account/revalue/", loan_entries.revalue, name="revalue_loan"),
    path("loans/<str:number>/account/<str:entry>/reverse/", loan_entries.reverse_one, name="reverse_loan_entry"),
    path("loans/<str:number>/budget/", loan_planning.budget, name="loan_budget"),
    path("loans/<str:number>/budget/new/", loan_planning.new_budget, name="new_loan_budget"),
    path("loans/<str:number>/reserve/", loan_planning.reserve, name="loan_reserve"),
    path("loans/<str:number>/closing/", loan_planning.closing, name="loan_closing"),
]
