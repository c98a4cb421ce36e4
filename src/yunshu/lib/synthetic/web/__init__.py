"""The websites and new-media accounts of a made-up city, with defects, innocent look-alikes, the truth, and a server.

Everything follows from a seed and a time; nobody and nothing in it is real. No crawler, checker or domain is used here.

| to | call |
|---|---|
| make a city | ``city = web_city(seed, now)`` |
| see it at the first or second visit | ``city.at(0)``, ``city.at(1)``; when those are: ``city.visits`` |
| know what is planted | ``city.truth()`` -> ``Seeded`` rows of the checks in ``CHECKS`` |
| know what the registry knows | ``city.registry()``: sites, columns, windows, accounts, candidates for imitation |
| feed a wording engine | ``city.lexicon()`` -> ``Word`` rows |
| ask for one page without a network | ``city.respond(Ask(host=..., path=...))`` -> ``Reply`` |
| list its pages, hosts, DNS | ``city.urls(code)``, ``city.hosts()``, ``city.dns(host)`` |
| export the accounts | ``as_json(city.accounts)``, ``as_csv(city.accounts)`` |
| serve it | ``async with serve(city) as running`` -> ``Running``: ``resolver()``, ``addresses()``, ``chromium_rules()``, ``trust()``, ``show(stage)`` |
| serve it in another process | ``python -m yunshu.lib.synthetic.web --seed 7`` |

Sites have four shapes (``Shape``): plain pages, TRS-like static files, the Guangdong platform, and pages written by
script; some are in GBK without saying so, some have dates in lists only. What is planted in a scripted site's page shows
in the JSON that its ``data-src`` names. Stage 0 has every defect but ``dark_link``, ``tampered`` and backdated texts,
which come with stage 1, as do honest updates. ``unreachable`` sites answer nothing but their failure.

Names of hosts: see ``hosts``. Identity numbers and telephones: see ``personal``. Files: see ``files``.
"""

from yunshu.lib.synthetic.web.accounts import Account, Post, as_csv, as_json
from yunshu.lib.synthetic.web.behaviours import DEAD, Ask, Reply
from yunshu.lib.synthetic.web.city import WebCity, web_city
from yunshu.lib.synthetic.web.kinds import CHECKS, Seeded, Word
from yunshu.lib.synthetic.web.model import Kind, Shape, Site
from yunshu.lib.synthetic.web.serving import LoopbackResolver, Running, serve

__all__ = [
    "CHECKS",
    "DEAD",
    "Account",
    "Ask",
    "Kind",
    "LoopbackResolver",
    "Post",
    "Reply",
    "Running",
    "Seeded",
    "Shape",
    "Site",
    "WebCity",
    "Word",
    "as_csv",
    "as_json",
    "serve",
    "web_city",
]
