"""The theme keeps its promises: contrast by day and night, little weight, no foreign signs."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from motcua.shell import styleguide
from motcua.shell.bundle import DIST, AssetError, asset, icon, icon_names, last_resort

TOKENS = Path(__file__).resolve().parent.parent / "assets" / "css" / "_tokens.scss"
MANIFEST: dict[str, str] = json.loads((DIST / "manifest.json").read_text("utf-8"))


def tokens(time: str) -> dict[str, str]:
    block = re.search(rf"@mixin {time} \{{(.*?)\n\}}", TOKENS.read_text("utf-8"), re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        *[
            (text, ground, 4.5)
            for text in ("ink", "stone", "sea", "jade", "amber", "alarm", "lacquer-text", "visited")
            for ground in ("paper", "rice", "rice-deep")
        ],
        ("jade", "jade-wash", 4.5),
        ("amber", "amber-wash", 4.5),
        ("alarm", "alarm-wash", 4.5),
        ("sea", "sea-wash", 4.5),
        ("ink", "sea-wash", 7),
        ("ink", "amber-wash", 7),
        ("stone", "sea-wash", 4.5),
        ("on-lacquer", "lacquer", 4.5),
        ("on-lacquer", "lacquer-hover", 4.5),
        ("on-gold", "gold", 7),
        ("rice", "sea", 4.5),
        ("line", "paper", 3),
        ("line", "rice", 3),
        ("lacquer-sign", "paper", 3),
    ],
)
def test_what_is_read_stands_out_from_its_ground(time: str, text: str, ground: str, least: float) -> None:
    colours = tokens(time)
    assert contrast(colours[text], colours[ground]) >= least


def test_day_and_night_name_the_same_colours() -> None:
    assert tokens("day").keys() == tokens("night").keys()


def weight(name: str) -> int:
    return len(gzip.compress((DIST / MANIFEST[name]).read_bytes(), mtime=0))


def test_a_citizens_page_stays_light() -> None:
    assert weight("app.css") <= 20_000
    assert weight("app.js") + weight("htmx.js") <= 25_000


def test_even_the_longest_page_weighs_under_100_kb_when_the_fonts_are_there() -> None:
    page = len(gzip.compress(styleguide.render().encode(), mtime=0))
    assert page + weight("app.css") + weight("app.js") + weight("htmx.js") < 100_000


def test_each_name_carries_the_hash_of_what_is_in_the_file() -> None:
    from hashlib import sha256

    for plain, hashed in MANIFEST.items():
        content = (DIST / hashed).read_bytes()
        assert sha256(content).hexdigest()[:10] in hashed, plain


def test_nothing_of_a_foreign_state_or_host_is_in_the_theme() -> None:
    css = (DIST / MANIFEST["app.css"]).read_text("utf-8")
    assert not re.search(r"GDS Transport|crown|crest", css, re.IGNORECASE)
    assert re.findall(r"url\([\"']?(?!fonts/|data:)[^)]*\)", css) == []


def test_every_vietnamese_letter_is_in_the_fonts_on_screen_and_on_paper() -> None:
    letters = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
    wanted = {ord(letter) for letter in letters + letters.upper() + "0123456789₫“”–…"}
    for weights in (400, 600, 700):
        subsets = [
            TTFont(DIST / MANIFEST[f"fonts/be-vietnam-pro-{part}-{weights}.woff2"])
            for part in ("vietnamese", "latin")
        ]
        assert wanted <= set().union(*(font.getBestCmap() for font in subsets)), weights
    for style in ("Regular", "Italic", "Bold", "BoldItalic"):
        assert wanted <= set(TTFont(DIST / "fonts" / "tinos" / f"Tinos-{style}.ttf").getBestCmap()), style


def test_an_icon_is_hidden_from_those_who_listen_unless_it_has_a_meaning() -> None:
    assert 'aria-hidden="true"' in icon("house")
    assert 'aria-label="nh&#34;à"' in icon("house", label='nh"à')


def test_an_asset_that_does_not_exist_is_named() -> None:
    with pytest.raises(AssetError, match=r"no asset 'app\.cs'"):
        asset("app.cs")
    with pytest.raises(AssetError, match="no icon 'hous'"):
        icon("hous")
    assert "house" in icon_names()


def test_the_page_of_last_resort_finds_its_style_sheet_alone() -> None:
    for found in re.findall(r'(?:href|src)="/static/dist/([^"]+)"', last_resort()):
        assert (DIST / found).is_file()
