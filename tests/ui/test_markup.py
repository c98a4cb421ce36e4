"""Texts that people write: marks become HTML, their HTML and their bad links stay words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from yunshu.lib.ui.markup import plain, rendered

KNOWN = {"p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "a", "br", "hr", "blockquote", "pre", "code"}
MARKS = st.text(alphabet="ab 文#*_-+>[](){}<>!&;:/\\`~|=\"'\n1.jscript", max_size=120)


@given(MARKS)
def test_nothing_but_known_tags_comes_out_and_links_lead_outside(text: str) -> None:
    tree = LexborHTMLParser(f"<body>{rendered(text)}</body>")
    for node in tree.css("body *"):
        assert node.tag in KNOWN
        assert set(node.attributes) <= {"href", "title", "rel", "start", "class"}
        assert (node.attributes.get("href") or "https://").startswith(("http://", "https://", "mailto:", "tel:"))


@pytest.mark.parametrize(
    "evil", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "//host", "/console/", "vbscript:x"]
)
def test_a_link_with_another_scheme_stays_words(evil: str) -> None:
    assert "<a" not in rendered(f"[点我]({evil})")


def test_headings_begin_below_the_panels() -> None:
    assert rendered("# 材料") == "<h3>材料</h3>\n"


def test_plain_text_keeps_lists_and_addresses() -> None:
    text = "# 材料\n\n- **身份证**\n- [官网](https://a.example)\n\n1. 填表\n2. 递交"
    assert plain(text) == "材料\n· 身份证\n· 官网（https://a.example）\n1. 填表\n2. 递交"
