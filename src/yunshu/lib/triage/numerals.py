"""Small Chinese numbers: 十一, 两, 二十三, 〇八, and the digits."""

NUMBER = r"(?:\d{1,4}|[零〇一二两三四五六七八九十]{1,4})"
_DIGITS = {char: at for at, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def number(said: str) -> int:
    """Return a number up to 99 in characters, or any in digits; raise ValueError if it is none."""
    if said.isdecimal():
        return int(said)
    if "十" not in said:
        return int("".join(str(_digit(char)) for char in said))
    tens, _, ones = said.partition("十")
    return 10 * (_digit(tens) if tens else 1) + (_digit(ones) if ones else 0)


def _digit(char: str) -> int:
    if char not in _DIGITS:
        raise ValueError(char)
    return _DIGITS[char]
