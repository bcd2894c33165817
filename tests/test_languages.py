"""Another language: every text comes out, comes back, and stays itself; a pseudo-language shows what was forgotten."""

import ast
import re

import pytest
from kratomcourse.locales import code, markdown
from kratomcourse.locales.messages import differing, extract, load, reviewer_of, unreviewed, update, write_pseudo
from kratomcourse.locales.pseudo import pseudo
from kratomcourse.problems import CourseError
from lxml import html

from conftest import ROOT, course

LANGUAGE = "ar_XB"


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_read_and_written_without_a_translation_is_the_same_text(path):
    text = path.read_text(encoding="utf-8")
    assert markdown.translate(text, lambda message: message).split() == text.split()


def test_messages_keep_roles_and_leave_code_alone():
    text = "# One\n\n```{note}\nSee {fact}`ph109` and [this](a.md).\n```\n\n```python\nprint('left')\n```\n\n- an entry\n  that goes on\n\n| a | b |\n|---|---|\n| same | same |\n"
    told = markdown.translate(text, pseudo)
    assert "{fact}`ph109`" in told and "](a.md)" in told and "print('left')" in told and "```{note}\n" in told
    assert told.count(pseudo("same")) == 2 and pseudo("an entry that goes on") in told and "# " + pseudo("One") in told


def test_code_is_changed_where_readers_see_words_and_nowhere_else():
    source = 'at = {"a key": 1}["a key"]\nshow(draw, name="slug", title="What is seen", alt=f"One half at {at:.1f} nM, of {len(rows)} rows")\nax.set_xlabel("time, h")\n'
    told = code.translate(source, pseudo)
    ast.parse(told)
    assert '"a key"' in told and 'name="slug"' in told and "{at:.1f}" in told and "{len(rows)}" in told
    assert pseudo("What is seen") in told and pseudo("time, h") in told
    assert code.translate(source, lambda message: message.replace("{at:.1f}", "{gone}")) == source, "an invented value changes nothing"


def test_everything_a_reader_sees_is_extracted(unbuilt_mini):
    found = extract(unbuilt_mini)
    said = {domain: {message.id for message in catalogue} for domain, catalogue in found.items()}
    chapter = said["01-mini"]
    assert "Binding is not effect" in chapter and "Half of the receptors are bound at one half" in chapter
    assert any("A rising S-shaped curve" in message for message in chapter), "alternative texts"
    assert any("{fact}`ph109`" in message for message in chapter), "with its role"
    assert {"Check my answer", "Try again", "What it can not show:", "Facts this page rests on: {count}"} <= said["interface"]
    assert len(said["facts"]) > 100 and len(said["help_lines"]) > 10


def test_a_translation_that_drops_a_fact_or_a_link_is_refused(unbuilt_mini):
    assert differing("It was {fact}`ph109`.", "Es war 81,9.") == "the roles"
    assert differing("See [a](b.md).", "Siehe [a](c.md).") == "the links"
    assert not differing("It was {fact}`ph109`.", "{fact}`ph109` war es.")
    counts = update(unbuilt_mini, "es")
    path = next(path for path in counts if path.stem == "01-mini")
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "{fact}`ph109`" in line and line.startswith("msgid"))
    path.write_text(text.replace(line + '\nmsgstr ""', line + '\nmsgstr "Fue 81,9."'), encoding="utf-8")
    with pytest.raises(CourseError, match=r"01-mini.po.*does not keep the roles"):
        load(unbuilt_mini, "es")


def test_a_language_waits_for_a_reviewer_of_its_health_text(unbuilt_mini):
    update(unbuilt_mini, "es")
    _words, reviewers = load(unbuilt_mini, "es")
    assert "01-mini" in unreviewed(reviewers) and "interface" not in unreviewed(reviewers)
    for path in (unbuilt_mini / "locale" / "es" / "LC_MESSAGES").glob("*.po"):
        path.write_text(path.read_text(encoding="utf-8").replace('"X-Reviewed-By: \\n"', '"X-Reviewed-By: A. Reader, nurse, 2026-11-01\\n"'), encoding="utf-8")
    assert unreviewed(load(unbuilt_mini, "es")[1]) == []
    update(unbuilt_mini, "es")
    assert reviewer_of(path) == "A. Reader, nurse, 2026-11-01", "bringing it up to date keeps the name"
    with pytest.raises(CourseError, match="course words update eo"):
        load(unbuilt_mini, "eo")


@pytest.fixture(scope="module")
def foreign(built_mini, tmp_path_factory):
    """The small course with a language from right to left beside English."""
    import shutil

    root = shutil.copytree(built_mini, tmp_path_factory.mktemp("foreign") / "course")
    write_pseudo(root)
    refused = course("book", "--language", LANGUAGE, cwd=root, check=False)
    assert refused.returncode == 1 and "no competent reader has reviewed" in refused.stderr and "--draft" in refused.stderr
    assert not (root / "_build" / "html" / LANGUAGE).exists()
    course("book", "--language", LANGUAGE, "--draft", cwd=root)
    return root / "_build" / "html"


def test_no_visible_english_is_left(foreign):
    for name in ("notebooks/01-mini", "book/help-now", "book/index"):
        left = untranslated(html.parse(str(foreign / LANGUAGE / f"{name}.html")).getroot())
        assert not left, f"{name}: {left}"


# Names of people, works and services stay, and so does what a language calls itself.
NAMES = ".works, .language-switch, .fact-cite, .fact-about a, kbd, .help-now strong, th[scope=row], caption, a[href^='#lines-']"


def untranslated(page):
    """Visible texts of three letters and more in a block that holds no translated word."""
    for gone in page.cssselect(f"script, style, noscript, pre, code, math, .notranslate, [hidden] template, {NAMES}"):
        gone.drop_tree()
    left = []
    for node in page.iter():
        if not isinstance(node.tag, str):
            continue
        left += [f"{name}={node.get(name)}" for name in ("title", "aria-label", "alt", "placeholder") if is_english(node.get(name) or "")]
        if any(re.search(r"[A-Za-z]{3}", text or "") for text in (node.text, *(child.tail for child in node))):
            block = node
            while block.tag in ("span", "a", "strong", "em", "b", "i", "label", "br") and block.getparent() is not None:
                block = block.getparent()
            if is_english(block.text_content()):
                left.append(" ".join(block.text_content().split())[:80])
    return left


def is_english(text):
    return bool(re.search(r"[A-Za-z]{3}", text)) and not re.search("[\u27e6\u0600-\u06ff]", text)


def test_a_foreign_page_says_its_language_its_direction_and_that_it_is_a_draft(foreign):
    page = html.parse(str(foreign / LANGUAGE / "notebooks" / "01-mini.html")).getroot()
    assert (page.get("lang"), page.get("dir")) == ("ar-XB", "rtl")
    (notice,) = page.cssselect(".draft-notice")
    assert "\u27e6" in notice.text_content() and page.cssselect("meta[name=robots][content=noindex]")
    assert page.cssselect("#binding-is-not-effect"), "the anchor of the English page"
    for link in page.cssselect(".chapter-head a"):
        assert page.cssselect(link.get("href")), "the objective leads to its section"


def test_the_switch_leads_to_the_same_page_and_back(foreign):
    for name in ("notebooks/01-mini.html", "book/help-now.html"):
        (there,) = html.parse(str(foreign / name)).getroot().cssselect(f".language-switch a[hreflang='{LANGUAGE.replace('_', '-')}']")
        assert ((foreign / name).parent / there.get("href")).resolve() == foreign / LANGUAGE / name
        (back,) = html.parse(str(foreign / LANGUAGE / name)).getroot().cssselect(".language-switch a[hreflang=en]")
        assert ((foreign / LANGUAGE / name).parent / back.get("href")).resolve() == foreign / name


def test_english_alone_has_no_switch(built_mini):
    assert "language-switch" not in (built_mini / "_build" / "html" / "book" / "help-now.html").read_text(encoding="utf-8")


@pytest.mark.browser
def test_a_question_is_marked_in_the_other_language_and_the_page_fits_a_phone(foreign, browser):
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto((foreign / LANGUAGE / "notebooks" / "01-mini.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    form = page.locator("form.quiz-item[data-kind=choice]").first
    letter = form.locator("[data-right=true]").first.get_attribute("data-option")
    form.locator(f"input[value='{letter}']").check()
    form.locator(".quiz-check").click()
    result = form.locator(".quiz-result")
    assert "is-right" in result.get_attribute("class") and "\u27e6" in result.inner_text()
    assert not re.search(r"\bRight\b", result.inner_text())
    page.close()
