"""Posts go through the checks of texts: what those look at, and a post's find made out of theirs.

The texts' checks are the page-level ones; whoever runs them asks ``texts`` for what stands in a post.
"""

from collections.abc import Iterator, Sequence

from yunshu.domains.inspection.checks.seen import PostCard


def texts(posts: Sequence[PostCard]) -> Iterator[tuple[PostCard, str]]:
    """Yield each post with the text to be looked at: its title and its body as lines, without one that says nothing."""
    for post in posts:
        text = "\n".join(part for part in (post.title.strip(), post.text.strip()) if part)
        if text:
            yield post, text
