"""A town's colour is readable whatever the town chose."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web import theme
from app.web.site import Site, Theme

TOKENS = Path(theme.__file__).parent / "css" / "tokens.css"
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, contrast: float) -> None:
    assert round(theme.contrast(one, other), 2) == contrast
    assert theme.contrast(one, other) == theme.contrast(other, one)


@given(COLOURS)
def test_every_pair_of_both_palettes_is_readable(colour: str) -> None:
    light, dark = theme.palettes(Theme(colour))

    for palette, grounds in ((light, theme.LIGHT_GROUNDS), (dark, theme.DARK_GROUNDS)):
        assert all(theme.contrast(palette.action, ground) >= theme.TEXT for ground in (*grounds, palette.tint))
        assert theme.contrast(palette.on_action, palette.action) >= theme.TEXT
        assert theme.contrast(palette.on_tint, palette.tint) >= 7


@given(COLOURS)
def test_the_proposal_passes(colour: str) -> None:
    verdict = theme.check(colour)

    assert theme.check(verdict.proposal).passes
    assert verdict.passes == (verdict.proposal == colour)


def test_a_yellow_that_is_too_light_becomes_a_darker_yellow() -> None:
    verdict = theme.check("#ffd500")

    assert not verdict.passes
    assert verdict.contrast == 1.31
    _, _, wished = theme.to_oklch("#ffd500")
    _, _, proposed = theme.to_oklch(verdict.proposal)
    assert abs(wished - proposed) < 0.05


@given(COLOURS)
def test_oklch_there_and_back(colour: str) -> None:
    assert theme.from_oklch(*theme.to_oklch(colour)) == colour


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "#12345g", "url(x)", "#123456;}body{"])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(theme.BadColour):
        theme.check(wrong)


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    css = TOKENS.read_text()

    pages = re.findall(r"--village-page: (#\w+);", css)
    surfaces = re.findall(r"--village-surface: (#\w+);", css)

    assert (surfaces[0], pages[0]) == theme.LIGHT_GROUNDS
    assert (surfaces[1], pages[1]) == theme.DARK_GROUNDS


def test_texts_of_the_style_sheet_are_readable_on_its_grounds() -> None:
    css = TOKENS.read_text()
    texts = ("layout-text-default", "layout-text-muted", "feedback-danger")

    for name in texts:
        light, dark = re.findall(rf"--kern-color-{name}: (#\w+);", css)
        assert all(theme.contrast(light, ground) >= theme.TEXT for ground in theme.LIGHT_GROUNDS), name
        assert all(theme.contrast(dark, ground) >= theme.TEXT for ground in theme.DARK_GROUNDS), name
    light, dark = re.findall(r"--kern-color-layout-border: (#\w+);", css)
    assert all(theme.contrast(light, ground) >= theme.CONTROL for ground in theme.LIGHT_GROUNDS)
    assert all(theme.contrast(dark, ground) >= theme.CONTROL for ground in theme.DARK_GROUNDS)


def test_the_sheet_has_both_modes_and_its_address_follows_the_colour() -> None:
    green = Site(kind="tenant", slug="a", name="A", host="a", origin="http://a", theme=Theme("#1f5c45"))
    blue = Site(kind="tenant", slug="b", name="B", host="b", origin="http://b", theme=Theme("#24488f"))

    css = theme.css_for(green)

    assert css.startswith(":root{--kern-color-action-default:#1f5c45;--kern-color-action-on-default:#ffffff;")
    assert css.count("--village-tint:") == 2
    assert "prefers-color-scheme:dark" in css
    assert theme.url_for(green) != theme.url_for(blue)
