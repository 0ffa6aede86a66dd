"""What is typed becomes safe HTML and comes back as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.manage.writing import as_html, as_text

TYPED = """Am **Freitag** bleibt das *Bürgerbüro* zu.
Bitte rufen Sie an.

## Wann?

- Montag
- Dienstag, siehe https://example.org/plan

1. anmelden
2. kommen

Mehr [hier](https://example.org/mehr). Am 2. Mai: 3 < 4 & 5.

> Gesagt ist gesagt."""


def test_what_was_typed_comes_back() -> None:
    assert as_text(as_html(TYPED)) == TYPED


def test_it_becomes_what_people_mean() -> None:
    html = as_html(TYPED)

    for part in (
        "<strong>Freitag</strong>",
        "zu.<br>",
        "<h2>Wann?</h2>",
        "<li>Montag</li>",
        '<a href="https://example.org/plan"',
        "<ol>",
        "3 &lt; 4 &amp; 5",
        "<blockquote>",
    ):
        assert part in html, part


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://fremd.example/a.png)",
        "<b onclick=x>y</b>",
    ],
)
def test_nothing_that_runs_gets_through(text: str) -> None:
    html = as_html(text)

    assert "<script" not in html
    assert "href" not in html
    assert "<img" not in html
    assert "<b " not in html


@pytest.mark.parametrize(
    "html",
    [
        "<p>1. Mai: *Stern* a_b _c_ [x]</p>\n<p># kein Titel</p>\n<p>- kein Punkt</p>\n<p>1.5 Millionen</p>",
        "<p>a <strong>b</strong> c</p>",
        "<p>Tschüs &lt;b&gt; &amp;amp; \\ `</p>",
    ],
)
def test_signs_that_mean_something_stay_what_they_are(html: str) -> None:
    assert as_html(as_text(html)) == html


@given(st.text(max_size=300))
def test_every_text_is_taken(text: str) -> None:
    html = as_html(text)

    assert as_text(html) is not None
    assert "<script" not in html
