"""What Django says of a form is said as an official would: no fields, no variables, no characters."""

import pytest
from django import forms
from django.utils import translation


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (forms.CharField(max_length=3), "", "这一项不能空着。"),
        (forms.CharField(max_length=3), "一二三四", "最多 3 个字，现在有 4 个。"),
        (forms.IntegerField(max_value=5), "6", "不能大于 5。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "b", "“b”现在不能选，请重新选择。"),
    ],
)
def test_a_form_refuses_in_plain_chinese(field: forms.Field, value: str, said: str) -> None:
    with translation.override("zh-hans"), pytest.raises(forms.ValidationError) as refused:
        field.clean(value)
    assert refused.value.messages == [said]
