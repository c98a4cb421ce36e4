"""Inspection over HTTP: the same services and the same reach as the pages.

``registry``: sites, accounts, posts; ``findings``: what was found and its review; ``rectification``: notices, replies, more time,
appeals; ``results``: schemes and assessments. ``router`` has all of them.
"""

from ninja import Router

from yunshu.domains.inspection.rest import findings, rectification, registry, results

router = Router(tags=["网站与新媒体检查"])
for _part in (registry, findings, rectification, results):
    router.add_router("", _part.router)
