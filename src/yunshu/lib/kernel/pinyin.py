"""Chinese names by their sound, so that they are found by Latin letters."""

from functools import lru_cache


@lru_cache(maxsize=200_000)
def by_sound(text: str) -> str:
    """Return the text in pinyin and its initials, in lower case: ``户籍`` → ``huji hj``."""
    from pypinyin import Style, lazy_pinyin  # its dictionaries take long to load, and most processes never ask

    full = "".join(lazy_pinyin(text))
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
    return f"{full} {initials}".lower()
