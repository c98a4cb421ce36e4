"""Form fields that Django does not have."""

from typing import Any

from django.forms import ClearableFileInput, FileField


class FilesInput(ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(FileField):
    """Zero or more files; the cleaned value is a list."""

    def __init__(self, *, accept: str, **options: Any) -> None:
        super().__init__(widget=FilesInput(attrs={"multiple": True, "accept": accept}), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of uploaded files."""
        several = data if isinstance(data, list | tuple) else [data]
        files = [super(FilesField, self).clean(each, initial) for each in several]
        return [each for each in files if each]
