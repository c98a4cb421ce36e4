"""What a letter says, whatever program wrote it."""

from email.message import EmailMessage

import pytest

from yunshu.lib.mails.reading import read


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>路灯不亮</p><p>请维修</p>", "路灯不亮\n请维修"),
        ("<style>p {}</style><script>x()</script>路灯", "路灯"),
        ("</p>", ""),
        ("<!-- -->", ""),
    ],
)
def test_the_text_of_marked_up_words_stands_without_their_marks(body: str, text: str) -> None:
    letter = EmailMessage()
    letter["From"] = "a@b.cn"
    letter.set_content(body, subtype="html")
    assert read(letter.as_bytes()).text == text
