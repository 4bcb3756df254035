"""The report as a page: fourteen sections, readable by ear and in print, and filtered without scripts."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

import pytest

from clearance.report.html import page
from clearance.report.sections import TITLES, command, length_s
from tests.clearance.report.rendered import renderings, seen

PAGES = {name: text for name, text in renderings().items() if name.endswith(".html")}
LANDMARKS = ("header", "nav", "main", "footer")


class Outline(HTMLParser):
    """Every element of a page, in order, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all_of(self, *tags: str) -> list[tuple[str, dict[str, str | None]]]:
        return [element for element in self.elements if element[0] in tags]


@pytest.fixture(params=sorted(PAGES))
def text(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]


def test_all_fourteen_sections_are_there_in_order_and_linked(text: str) -> None:
    numbered = re.findall(r'<h2 id="s(\d+)">(\d+)\. ([^<]+)</h2>', text)
    assert numbered == [(str(n), str(n), title) for n, title in enumerate(TITLES, 1)]
    assert len(TITLES) == 14
    targets = {attributes["id"] for _, attributes in Outline(text).elements if attributes.get("id")}
    links = {str(attributes["href"]) for _, attributes in Outline(text).all_of("a")}
    assert {link.removeprefix("#") for link in links} <= targets


def test_headings_never_skip_a_level_and_landmarks_are_named(text: str) -> None:
    outline = Outline(text)
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert [tag for tag, _ in outline.all_of(*LANDMARKS)] == list(LANDMARKS)
    identities = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    assert all(attributes["aria-labelledby"] in identities for _, attributes in outline.all_of("section"))
    assert all(attributes.get("alt") for _, attributes in outline.all_of("img"))


def test_filters_need_no_script_and_hide_nothing_in_print(text: str) -> None:
    outline = Outline(text)
    assert not outline.all_of("script")
    shown = {str(attributes["id"]) for _, attributes in outline.all_of("input")}
    assert shown == {"show-all", "show-invalid", "show-block", "show-pass"}
    style = text[text.index("<style>") : text.index("</style>")]
    on_screen = style[style.index("@media screen") : style.index("@page")]
    for verdict in ("invalid", "block", "pass"):
        assert f"body:has(#show-{verdict}:checked) .asset:not(.v-{verdict})" in on_screen
        assert style.count(f"#show-{verdict}:checked") == on_screen.count(f"#show-{verdict}:checked")
    filtered = [str(attributes["class"]) for _, attributes in outline.all_of("article", "tr") if "class" in attributes]
    assert {name.split()[-1] for name in filtered} == {"v-invalid", "v-block", "v-pass"}


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_text_has_the_contrast_that_wcag_asks_for() -> None:
    colours = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", PAGES["full.html"]))
    for name in ("ink", "soft", "pass", "warn", "review", "block", "invalid"):
        for ground in ("paper", "tint"):
            light, dark = luminance(colours[ground]), luminance(colours[name])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def test_the_page_fetches_nothing(text: str) -> None:
    assert "default-src 'none'" in text
    for _, attributes in Outline(text).elements:
        assert str(attributes.get("src", "data:")).startswith("data:")
        assert str(attributes.get("href", "#")).startswith("#")


def test_a_film_that_states_no_duration_still_has_a_timeline() -> None:
    document = seen("full")
    document["assets"][0]["media"]["duration_s"] = None
    assert length_s(document["assets"][0]) == 9.0
    assert "left:77.78%;width:22.22%" in page(document, {})


def test_a_record_without_what_later_versions_added_is_shown() -> None:
    document = seen("full")
    for asset in document["assets"]:
        del asset["facts"]
    for pack in document["packs"]:
        del pack["effective"]
    assert "not recorded" in page(document, {})


def test_the_command_that_repeats_the_audit_is_safe_in_a_shell() -> None:
    document = seen("full")
    document["assets"][1]["path"] = "$(touch evil).png"
    said = command(document)
    assert "'$(touch evil).png'" in said
    assert said.endswith("--policy CORE --policy UNION --as-of 2026-11-22T08:00:00Z --search registry")


def test_the_auditors_page_says_what_was_left_out() -> None:
    assert "Left out of this view" in PAGES["auditor.html"]
    assert "picture left out, SHA-256" in PAGES["auditor.html"]
    assert "Left out of this view" not in PAGES["full.html"]
