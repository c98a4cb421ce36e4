"""What a machine can find: one small file a check; pure, no tables, no network.

| file kinds | takes | when |
|---|---|---|
| ``page_*`` | ``look(seen, site, kit)``: one page as it came | while crawling |
| ``site_*`` | ``conclude(view, site, kit)``: the facts of all pages, what else was asked | when a site's crawl is whole |
| ``account_*`` | ``conclude(account, posts, kit)`` | after an import of posts |

Each yields ``Found`` (``contracts``). A page's facts (``facts.of``) are what is kept of it between the two.
``PAGE``, ``SITE`` and ``ACCOUNT`` in ``listing`` name all of them; ``seen`` has the shapes they take.
"""
