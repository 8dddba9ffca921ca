"""A description for pasting, as Markdown and as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.paste import as_markdown, as_text

CASES = [
    ("<h3>You</h3><p>Build.</p>", "### You\n\nBuild.\n", "You\n\nBuild.\n"),
    ("<ul><li>One</li><li><p>Two</p></li></ul>", "- One\n- Two\n", "- One\n- Two\n"),
    ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n  - b\n2. c\n", "1. a\n  - b\n2. c\n"),
    ("<p>a<br>b</p>", "a\\\nb\n", "a\nb\n"),
    ("<p><b>x</b> <i>y</i> &amp; 2*3</p>", "**x** *y* & 2\\*3\n", "x y & 2*3\n"),
    (
        '<a href="https://example.com/a">us</a>',
        "[us](https://example.com/a)\n",
        "us (https://example.com/a)\n",
    ),
    (
        '<a href="mailto:jobs@example.com">jobs@example.com</a>',
        "[jobs@example.com](mailto:jobs@example.com)\n",
        "jobs@example.com\n",
    ),
    ("<blockquote><p>said</p></blockquote><p>end</p>", "> said\n\nend\n", "> said\n\nend\n"),
    ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2\n", "A | B\n1 | 2\n"),
    ("  <p>\n  much \n  room </p>\n\n<p></p>", "much room\n", "much room\n"),
    ("", "\n", "\n"),
]


@pytest.mark.parametrize(("html", "markdown", "text"), CASES)
def test_the_text_keeps_its_shape(html: str, markdown: str, text: str) -> None:
    assert (as_markdown(html), as_text(html)) == (markdown, text)


@given(st.text(alphabet="<>/abpliuolbr &;=\"'\n", max_size=200))
def test_anything_is_read_and_ends_in_one_line_end(html: str) -> None:
    for text in (as_markdown(html), as_text(html)):
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
