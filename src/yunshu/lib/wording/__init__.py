"""Wrong wording in Chinese official text: listed words and their disguises, dated rules, marks of secrets, misspellings.

| to | call |
|---|---|
| compile word lists | ``Lexicon(entries)``; its version is ``lexicon.digest`` (SHA-256, whatever the order) |
| look into a text | ``lexicon.scan(text, on=published, accepted=())`` → ``[Hit(start, end, found, entry, how, confidence)]`` |
| load a list | ``read_list(data)`` → ``Loaded(entries, faults)``: CSV or XLSX, faults row by row; ``shipped()`` are neutral samples |
| check persons in office | ``Roster(posts).scan(text, on=published)``; ``read_roster(data)``; none ships |
| find impossible dates, slips of numbers | ``slips.scan(text)`` |
| find marks of secrets (机密★, 秘密★10年) | ``marks.scan(text)`` |
| find misspellings | a ``Speller``: ``shipped_speller()`` or a model behind the same port; ``speller.check(text, accepted=())`` |

Every find is a ``Hit``; one made by a rule has an ``Entry`` that was made for it, with the rule's source. ``on`` is the day the
text was published: what was right then is no error now. Word lists with sensitive content are the city's own and never ship.
Pure: no Django, no network, no clock.
"""

from yunshu.lib.wording import marks, slips
from yunshu.lib.wording.entries import Category, Entry, Hit, How, Kind
from yunshu.lib.wording.lexicon import Lexicon
from yunshu.lib.wording.loading import Fault, Loaded, RowFault, read_list, shipped
from yunshu.lib.wording.roster import Post, Roster, read_roster
from yunshu.lib.wording.spelling import ConfusionSpeller, Speller, shipped_speller

__all__ = [
    "Category",
    "ConfusionSpeller",
    "Entry",
    "Fault",
    "Hit",
    "How",
    "Kind",
    "Lexicon",
    "Loaded",
    "Post",
    "Roster",
    "RowFault",
    "Speller",
    "marks",
    "read_list",
    "read_roster",
    "shipped",
    "shipped_speller",
    "slips",
]
