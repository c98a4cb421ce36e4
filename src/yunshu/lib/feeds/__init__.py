"""Reading RSS 2.0 and Atom feeds, as files; knows no city business.

Formats: RSS 2.0 (rssboard.org/rss-specification), Atom (RFC 4287). Entities are not resolved and nothing is fetched.
"""

from yunshu.lib.feeds.reading import BadFeed, Entry, read

__all__ = ["BadFeed", "Entry", "read"]
