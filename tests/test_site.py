"""The built book: nothing secret in it, nothing fetched from elsewhere, every picture described."""

import re
from html.parser import HTMLParser

import pytest

from kratomcourse.quiz import load_banks
from kratomcourse.quiz.item_text import to_html

pytestmark = pytest.mark.site


def pages(site):
    return sorted(path for path in site.rglob("*.html") if not path.is_relative_to(site / "lite"))


def texts(site):
    """Every text file of the site, notebooks and search index included."""
    for path in site.rglob("*"):
        if path.is_file() and path.suffix in (
            ".html",
            ".js",
            ".json",
            ".txt",
            ".ipynb",
            ".csv",
            ".inv",
            ".xml",
            ".md",
            ".svg",
        ):
            yield path, path.read_text(encoding="utf-8", errors="replace")


def test_no_graded_question_key_or_solution_is_in_the_site(site):
    graded = [item for bank in load_banks().values() for item in bank.used_for("graded")]
    assert len(graded) >= 20
    secrets = {item.id: item.id for item in graded}
    for item in graded:
        # A stem may begin with a table, so its longest line.
        lines = re.sub(r"<[^>]+>", "", to_html(item.stem)).split("\n")
        secrets[f"{item.id} stem"] = max(map(str.strip, lines), key=len)
        for number, option in enumerate(getattr(item, "options", []), 1):
            secrets[f"{item.id} feedback {number}"] = re.sub(
                r"<[^>]+>", "", to_html(option.feedback)
            ).split("\n")[0][:60]
        if item.kind == "code":
            # Its longest line: a short one, such as `return failed`, may stand in any script.
            secrets[f"{item.id} solution"] = max(
                map(str.strip, item.solution.strip().splitlines()[1:]), key=len
            )
        if item.kind == "text":
            secrets[f"{item.id} sample"] = item.sample.strip()[:60]
    ids = {item.id for item in graded}
    for path, text in texts(site):
        named = path.name == "for-instructors.html"  # the guide's examples name questions by id
        for name, secret in secrets.items():
            if named and name in ids:
                continue
            assert secret not in text, f"{path.relative_to(site)} holds {name}"


def test_no_quiz_source_is_in_the_site(site):
    for path, text in texts(site):
        assert "BEGIN HIDDEN TESTS" not in text and "BEGIN SOLUTION" not in text, path
    assert not [
        path
        for path in site.rglob("*")
        if "quizzes" in path.relative_to(site).parts or path.suffix in (".yml", ".db")
    ]


def test_no_role_or_directive_stands_raw_in_a_page(site):
    for path in pages(site):
        raw = re.findall(
            r"\{(?:fact|src|term|doc|ref)\}.{0,20}|:::\{?\w+|```\{\w+",
            path.read_text(encoding="utf-8"),
        )
        assert not raw, f"{path.relative_to(site)}: {raw}"


class Links(HTMLParser):
    """What a browser would fetch for a page, and the pictures with their alt texts."""

    def __init__(self):
        super().__init__()
        self.fetched, self.pictures = [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "audio", "video", "embed"):
            self.fetched.append(attributes.get("src") or "")
        if tag == "link" and attributes.get("rel") not in (
            "canonical",
            "search",
            "next",
            "prev",
            "index",
            "author",
        ):
            self.fetched.append(attributes.get("href") or "")
        if tag == "img":
            self.pictures.append(attributes)


def links_of(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


def test_no_page_fetches_anything_from_another_host(site):
    for path in pages(site):
        away = [url for url in links_of(path).fetched if re.match(r"(https?:)?//", url)]
        assert not away, f"{path.relative_to(site)}: {away}"
    for path in site.rglob("*.css"):
        away = re.findall(
            r"(?:@import\s+|url\()\s*['\"]?(https?://[^'\")]+)",
            path.read_text(encoding="utf-8", errors="replace"),
        )
        assert not away, f"{path.relative_to(site)}: {away}"


def test_every_file_a_page_fetches_is_in_the_site(site):
    for path in pages(site):
        for url in links_of(path).fetched:
            if url and not url.startswith("data:"):
                # The page for addresses that do not exist is shown at any depth, so its own
                # addresses start at the top.
                start = site if url.startswith("/") and path.name == "404.html" else path.parent
                assert (start / url.split("?")[0].split("#")[0].lstrip("/")).exists(), (
                    f"{path.relative_to(site)}: {url}"
                )


def test_every_picture_says_what_is_seen(site):
    seen = 0
    for path in pages(site):
        for picture in links_of(path).pictures:
            alt = picture.get("alt") or ""
            assert len(alt) >= 4 and not re.search(r"\.(svg|png|jpe?g|webp)$", alt), (
                f"{path.name}: {picture.get('src')}"
            )
        drawings = re.findall(r'<svg [^>]*class="figure-wide"[^>]*>', path.read_text("utf-8"))
        for drawing in drawings:
            said = re.search(r'aria-label="([^"]*)"', drawing)
            assert said and len(said[1]) >= 40, f"{path.name}: {drawing[:200]}"
        seen += len(drawings)
    assert seen >= 90, "the figures of eight chapters"


def test_every_link_within_a_page_leads_somewhere(site):
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        ids = set(re.findall(r"""\bid=["']([^"']+)["']""", text))
        targets = set(re.findall(r'href="#([^"]+)"', text))
        assert targets <= ids, f"{path.relative_to(site)}: {targets - ids}"


def test_every_part_offers_help_sources_and_questions(site):
    parts = list((site / "notebooks").glob("*/[0-9]*.html"))
    assert len(parts) >= 40
    for path in parts:
        text = path.read_text(encoding="utf-8")
        assert 'class="help-now"' in text and 'class="help-link"' in text, path
        assert 'class="works"' in text and text.count('class="quiz-item"') >= 3, path
    for path in (site / "notebooks").glob("*/index.html"):
        text = path.read_text(encoding="utf-8")
        assert 'class="help-now"' in text and text.count('<ol class="parts">') == 1, path
