"""Chinese text as programs need it: squeezed, in sentences, in words, as sentence vectors. Start at ``words``.

| to | call |
|---|---|
| drop white space and odd forms | ``squeezed(text)`` |
| cut into sentences, with their places | ``sentences(text)`` → ``[Span(start, end, text)]`` |
| cut into words | ``words(text)``, ``terms(text)`` (what a search should look for), ``pairs(text)`` (two characters each) |
| compare by meaning | ``encoder()`` → an ``Encoder`` or None; ``why_not()`` says why there is none |
| not encode twice | ``Remembering(encoder, path)``: vectors by the digest of their text, kept in a file |

Pure: no Django, no network, no clock.
"""

from yunshu.lib.text.cutting import Span, pairs, sentences, squeezed, terms, words
from yunshu.lib.text.vectors import Encoder, Matrix, Remembering, encoder, why_not

__all__ = [
    "Encoder",
    "Matrix",
    "Remembering",
    "Span",
    "encoder",
    "pairs",
    "sentences",
    "squeezed",
    "terms",
    "why_not",
    "words",
]
