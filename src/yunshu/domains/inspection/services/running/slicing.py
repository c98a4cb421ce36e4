"""The machine's slices: what each takes its lock for (``lib.jobs.alone``)."""

LOCK, RETESTS, POSTS = "inspection.machine", "inspection.retests", "inspection.posts"
"""Crawling, retests, the words of posts."""
