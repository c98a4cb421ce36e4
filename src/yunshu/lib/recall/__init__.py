"""Hybrid search for articles that people keep: BM25 over Chinese words and pairs of characters, and sentence vectors.

| to | call |
|---|---|
| open or begin an index | ``Library(folder, encoder=text.encoder())``; without an encoder words work alone, ``library.by_meaning`` says so |
| add or replace | ``library.put(articles)``: only what changed is segmented and encoded anew |
| take away | ``library.drop(numbers)`` |
| search | ``library.search(question, on=day)`` → ``Found(hits, expired)``: an article out of its dates is never among the hits |
| search for citizens | ``library.search(question, on=day, public=True)`` |
| say why | ``hit.words``, ``hit.by_words``, ``hit.by_meaning`` |

The index is a cache of what the caller keeps elsewhere: delete its folder, ``put`` everything, and it is as before. One process
writes at a time; readers see the last commit. Pure: no Django, no network, no clock.
"""

from yunshu.lib.recall.library import STANDS_OUT, Article, Found, Hit, Library

__all__ = ["STANDS_OUT", "Article", "Found", "Hit", "Library"]
