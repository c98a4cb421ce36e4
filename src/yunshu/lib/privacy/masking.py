"""Personal data as pages show it by default: enough to tell people apart, too little to reach them.

Masking keeps the family name and the last four digits (GB/T 35273-2020 5.4, 去标识化展示).
"""

import re

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?![\dXx])")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)", re.ASCII)
_PLATE = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z])[A-Z0-9]{3,4}([A-Z0-9]{2})(?![A-Z0-9])"
)


def mask_name(name: str) -> str:
    """Return a name of which only the first character stands."""
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""


def mask_phone(phone: str) -> str:
    """Return a number of which only the last four digits stand."""
    return f"{'*' * max(len(phone) - 4, 4)}{phone[-4:]}" if len(phone) > 4 else "*" * len(phone)


def mask_email(address: str) -> str:
    """Return an address of which only the first character and the host stand."""
    return _MAIL.sub(r"\1***\2", address)


def mask_text(text: str) -> str:
    """Return a text whose telephone numbers, identity numbers, e-mail addresses and plates are masked."""
    text = mask_email(text)
    text = _PHONE.sub(r"\1****\2", text)
    text = _IDENTITY.sub(r"\1********\2", text)
    return _PLATE.sub(r"\1***\2", text)
