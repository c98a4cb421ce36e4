"""网站与新媒体检查 — government websites and new-media accounts: what is watched, found, confirmed, put right and assessed.

Rule: 《政府网站与政务新媒体检查指标》《政府网站与政务新媒体监管工作年度考核指标》 (国办秘函〔2019〕19号) and 《政府网站发展指引》
(国办发〔2017〕47号); what of them was not read in an official text is marked as such in the data, where an official corrects it.
Start reading at ``contracts.py``, then ``models/`` (``registry``: what is watched, ``findings``: what was found).
"""
