"""A workbook to fill in: one sheet with the headings and an example, one that explains each column."""

from pathlib import Path

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking.fields import FORM_NAMES
from yunshu.lib.taking.kinds import Kind

WIDTH = 18


def write(path: Path, kind: Kind) -> None:
    """Write the template of a kind; demanded columns are coloured, and said to be demanded beside it."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = str(kind.name)[:31]
    sheet.append([str(f.label) for f in kind.fields])
    sheet.freeze_panes = "A2"
    for place, each in enumerate(kind.fields, 1):
        cell = sheet.cell(1, place)
        cell.font = Font(bold=True)
        if each.required:
            cell.fill = PatternFill("solid", fgColor="FFF2CC")
        sheet.column_dimensions[get_column_letter(place)].width = WIDTH
    help_ = book.create_sheet(_("填写说明"))
    help_.append([_("列"), _("必填"), _("怎么填"), _("可填的值"), _("示例"), _("说明")])
    for each in kind.fields:
        choices = "、".join(str(_label) for _label in each.choices.values())
        must = _("必填") if each.required else ""
        help_.append([str(each.label), must, str(FORM_NAMES[each.form]), choices, each.example, str(each.help)])
    for letter, width in zip("ABCDEF", (24, 8, 36, 60, 20, 60), strict=True):
        help_.column_dimensions[letter].width = width
    book.save(path)


def free(path: Path) -> Path:
    """Return the path if nothing lies there. Raises Refused (``file_exists``)."""
    if path.exists():
        raise Refused("file_exists", _("%(name)s 已存在，没有覆盖。") % {"name": path})
    return path
