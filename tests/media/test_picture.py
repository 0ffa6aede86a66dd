"""A stranger's file becomes a picture of ours, or is refused with a word that helps."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.kit.errors import TooLarge
from app.media import picture as pictures
from app.media.picture import Unsuitable, prepare
from tests.media.drawing import SVG, bomb, photo_with_exif, picture, zip_behind_a_picture


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body), formats=("WEBP",))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_usual_picture_becomes_webp(format_: str) -> None:
    made = prepare(picture(format_))

    shown = opened(made.body)
    assert (shown.format, shown.size) == ("WEBP", (640, 480))
    assert (made.width, made.height) == (640, 480)
    red, _green, _blue = shown.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > 150
    assert made.name.endswith(".webp")
    assert made.name == prepare(picture(format_)).name


def test_place_camera_and_comment_are_gone_and_the_picture_stands_upright() -> None:
    body = photo_with_exif()
    assert b"Kamerawerk" in body

    made = prepare(body)

    assert (made.width, made.height) == (480, 640)
    assert not opened(made.body).getexif()
    for trace in (b"Kamerawerk", b"Ada", b"Exif", b"EXIF"):
        assert trace not in made.body


def test_a_large_picture_is_made_smaller() -> None:
    made = prepare(picture("JPEG", (5000, 3000)))

    assert (made.width, made.height) == (1600, 960)


def test_what_is_transparent_stays_transparent() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    packed = io.BytesIO()
    image.save(packed, "PNG")

    assert opened(prepare(packed.getvalue()).body).mode == "RGBA"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("svg with a script", SVG),
        ("svg without a head", b"<svg onload='alert(1)'></svg>"),
        ("html", b"<!doctype html><script>alert(1)</script>"),
        ("pdf", b"%PDF-1.7\n"),
        ("program", b"\x7fELF\x02\x01\x01"),
        ("text", b"hello"),
        ("nothing", b""),
        ("bitmap", b"BM" + b"\0" * 100),
        ("tiff", b"II*\0" + b"\0" * 100),
        ("polyglot with zip", zip_behind_a_picture()),
        ("polyglot with html", picture("JPEG") + b"<script>alert(1)</script>"),
        ("gif that is a script", b"GIF89a/*" + picture("GIF")[8:] + b"*/=1;<script>"),
        ("polyglot with pdf", picture("JPEG", comment=b"%PDF-1.7 ")),
        ("php in the comment", picture("JPEG", comment=b"<?php system($_GET[0]); ?>")),
        ("bomb", bomb()),
        ("long stripe", bomb(13_000, 20)),
        ("tiny", picture("PNG", (1, 1))),
        ("cut off", picture("JPEG")[:900]),
        ("only the first bytes", b"\xff\xd8\xff\xe0"),
        ("wrong check sum", picture("PNG").replace(b"IDAT", b"IDAX")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_honest_picture_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(Unsuitable) as refusal:
        prepare(body)

    assert refusal.value.fields["file"]


def test_too_many_bytes_are_refused_before_anything_is_read() -> None:
    with pytest.raises(TooLarge):
        prepare(b"\xff\xd8\xff" + b"\0" * pictures.MOST_BYTES)


@given(
    st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"])
)
def test_rubbish_is_refused_and_never_a_crash(rubbish: bytes, head: bytes) -> None:
    with pytest.raises(Unsuitable):
        prepare(head + rubbish)
