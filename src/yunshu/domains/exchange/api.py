"""The exchange's Python door: the catalogue for whoever loads or shows it."""

from yunshu.domains.exchange.contracts import DataType, EntryForm, Format, Grade, ItemForm, SharingType, Way
from yunshu.domains.exchange.selectors import has_entry
from yunshu.domains.exchange.services import create_entry, move_entry
from yunshu.domains.exchange.services.registers import add_category, add_clocks, add_element

__all__ = [
    "DataType",
    "EntryForm",
    "Format",
    "Grade",
    "ItemForm",
    "SharingType",
    "Way",
    "add_category",
    "add_clocks",
    "add_element",
    "create_entry",
    "has_entry",
    "move_entry",
]
