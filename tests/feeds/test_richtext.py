"""Foreign text made safe."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.richtext import clean_line, markdown, plain, sanitise, sanitise_with_image

REL = 'rel="nofollow noopener ugc"'


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("nur Text & mehr", "nur Text &amp; mehr"),
        ("<p class='a' style='color:red' id='x' onclick='y()'>Text</p>", "<p>Text</p>"),
        ("a<script>alert(1)</script><style>b{}</style><iframe src='//e'>c</iframe>d", "ad"),
        ("<svg><a xlink:href='javascript:alert(1)'>x</a></svg>y<math><mi>z</mi></math>", "y"),
        ("<h1>A</h1><h4>B</h4>", "<h2>A</h2><h3>B</h3>"),
        ("<p>Text</p><p>&nbsp;</p><p><br></p><br><br/>", "<p>Text</p>"),
        ("<font color=red>Rot</font>", "Rot"),
        ("<b>offen", "<b>offen</b>"),
        ("a\x00b\ud800c", "abc"),
        ("<!-- weg -->da<![CDATA[weg]]>", "da"),
        ("<a href='javascript:alert(1)'>x</a>", f"<a {REL}>x</a>"),
        ("<a href=' JaVaScRiPt:alert(1)'>x</a>", f"<a {REL}>x</a>"),
        ("<a href='data:text/html,x'>x</a>", f"<a {REL}>x</a>"),
        ("<a href='https://a.example' target=_blank>x</a>", f'<a href="https://a.example" {REL}>x</a>'),
        ("<a href='mailto:a@b.example'>x</a>", f'<a href="mailto:a@b.example" {REL}>x</a>'),
        ("<a href='/rel'>x</a>", f"<a {REL}>x</a>"),
        ("<p lang=en>Hello</p>", '<p lang="en">Hello</p>'),
    ],
)
def test_html_keeps_the_allowed_only(dirty: str, clean: str) -> None:
    assert sanitise(dirty) == clean


def test_relative_links_are_completed_and_pictures_become_their_text() -> None:
    body, image = sanitise_with_image(
        '<p><a href="../b?c=1&amp;d">x</a><img src="data:image/png;base64,x">'
        '<img src="/i.jpg" alt="Ein &lt;Bild&gt;"></p>',
        "https://a.example/news/1",
    )

    assert body == f'<p><a href="https://a.example/b?c=1&amp;d" {REL}>x</a>Ein &lt;Bild&gt;</p>'
    assert image == "https://a.example/i.jpg"


PIECES = [*"<>&;'\"=/ab!-[]x\x00 \n", "<script", "<img ", "<a href=", "&lt;", "src=", "<p>", "</p>", "<h3>"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_cleaning_twice_changes_nothing(dirty: str) -> None:
    once = sanitise(dirty)

    assert sanitise(once) == once
    assert "<script" not in once
    assert "<img" not in once


def test_plain_text_knows_blocks_and_entities_and_is_cut_at_a_word() -> None:
    assert plain("<p>Eins</p><p>Zwei &amp; drei&nbsp;&lt;4</p><script>x</script>") == "Eins Zwei & drei <4"
    assert plain("Brot<b>zeit</b>") == "Brotzeit"
    assert plain("eins zwei drei vier", 14) == "eins zwei…"
    assert plain("Donaudampfschiff", 8) == "Donauda…"
    assert plain("kurz", 8) == "kurz"


def test_a_line_is_one_line() -> None:
    assert (
        clean_line(" Bu\u0308ro\t\n\u202eneu\u2069\x07 \u00a0 \U0001f468\u200d\U0001f33e")
        == "Büro neu \U0001f468\u200d\U0001f33e"
    )


def test_what_is_nested_without_end_loses_its_tags() -> None:
    assert sanitise("<div>" * 201 + "<b>Text</b> &amp; <mehr") == "Text  &amp; &lt;mehr"
    assert sanitise("<div><p>Text</p></div>" * 201) == "<p>Text</p>" * 201


def test_markdown_is_safe() -> None:
    assert markdown("**Ja** <script>x</script>\n\n# Titel") == (
        "<p><strong>Ja</strong> &lt;script&gt;x&lt;/script&gt;</p>\n<h2>Titel</h2>"
    )


def test_hostile_text_costs_no_time() -> None:
    started = process_time()
    parts = ("<br>", "<p>", "<a href='", "&nbsp;", "<img alt='", "<h1>", "<", "<p> <br>", "<div>", "<ul><li>", "<x>")
    for part in parts:
        sanitise(part * 50_000)
        plain(part * 50_000)

    assert process_time() - started < 20
