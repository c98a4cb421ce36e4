"""项目管理 — informatisation projects of the city: application and review, approval, budget, contract, acceptance, payment, loan.

Rule: 揭阳市市级政务信息化项目建设管理办法（试行）(揭府办〔2019〕34号); its successor 揭府办〔2021〕32号, which the performance table
cites, was not found, so what it may say otherwise is data. The money invariants are triggers of the database
(``migrations/0002``): they hold for every path, also for SQL typed as the application's role. Start reading at
``contracts.py``, then ``models/``, then ``services/``.
"""
