"""Personal data in published text: identity numbers, mobiles, bank cards, home addresses. Start at ``scan``.

| to | call |
|---|---|
| look into a text | ``scan(text, context="", bins=None, today=None)`` → ``[Hit(kind, start, end, shown, confidence)]``, in the text's order |
| look into a paper's piece | ``scan(piece.text, context=piece.context)``; its place is ``piece.at(hit.start)`` |
| show evidence | ``masked(text, hits)``: the same text with every hit masked; ``Hit.shown`` is the masked form of one |
| bring other card prefixes | ``bins=load_bins(path)``: CSV ``prefix,length,bank,source`` |

A hit never carries the number itself: take ``text[hit.start:hit.end]`` where it is needed, and keep it nowhere.
Masked forms (``138****1234``, ``35*************123``) are no hits; social credit codes and 索引号 are none either.
Pure: no Django, no network, no clock.
"""

from yunshu.lib.privacy.bins import Bins, load_bins, shipped_bins
from yunshu.lib.privacy.hits import Hit, Kind, masked
from yunshu.lib.privacy.scanning import scan

__all__ = ["Bins", "Hit", "Kind", "load_bins", "masked", "scan", "shipped_bins"]
