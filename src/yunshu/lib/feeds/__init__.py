"""Reading RSS 2.0, Atom and JSON feeds, as files; knows no city business.

Formats: RSS 2.0 (rssboard.org/rss-specification), Atom (RFC 4287), JSON Feed 1.1 (jsonfeed.org). Entities are not resolved and nothing is fetched.
"""

from yunshu.lib.feeds.entries import BadFeed, Entry
from yunshu.lib.feeds.reading import read

__all__ = ["BadFeed", "Entry", "read"]
