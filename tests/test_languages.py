"""Another language: every text comes out, comes back, and stays itself; a pseudo-language shows
what was forgotten.
"""

import ast
import functools
import re
import shutil

import pytest
from conftest import MINI_PART, ROOT, course, served
from lxml import html
from matplotlib.figure import Figure as Canvas

from kratomcourse.charts.explorer import Axis, Picture
from kratomcourse.charts.figure import change_words, keep_order
from kratomcourse.errors import CourseError
from kratomcourse.i18n import DrawnLabels, drawn, insert_ltr_marks
from kratomcourse.locales import code, markdown, translated_copy
from kratomcourse.locales.messages import (
    differing,
    extract,
    load,
    reviewer_of,
    unreviewed,
    update,
    write_pseudo,
)
from kratomcourse.locales.pseudo import pseudo
from kratomcourse.site.postprocess.rtl import turned
from kratomcourse.site.sphinx import translation as page_words

LANGUAGE = "ar_XB"
# What the package writes into pages by itself, with its arguments.
LISTS = (
    ("law-finder", ""),
    ("law-strength", ""),
    ("law-map", "world"),
    ("coverage", ""),
    ("changes", ""),
    ("recent-law", ""),
    ("claims-ledger", ""),
    ("data-descriptor", ""),
    ("how-known", ""),
    ("who-paid", ""),
)


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_read_and_written_without_a_translation_is_the_same_text(path):
    text = path.read_text(encoding="utf-8")
    assert markdown.translate(text, lambda message: message).split() == text.split()


def test_messages_keep_roles_and_leave_code_alone():
    text = (
        "(one)=\n(first)=\n# One\n\n```{note}\nSee {fact}`ph109` and "
        "[this](a.md).\n```\n\n```python\nprint('left')\n```\n\n- an entry\n  that goes on\n\n| "
        "a | b |\n|---|---|\n| same | same |\n"
    )
    told = markdown.translate(text, pseudo)
    assert (
        "{fact}`ph109`" in told
        and "](a.md)" in told
        and "print('left')" in told
        and "```{note}\n" in told
    )
    assert "(one)=\n(first)=\n" in told, "two labels of one heading"
    assert (
        told.count(pseudo("same")) == 2
        and pseudo("an entry that goes on") in told
        and "# " + pseudo("One") in told
    )


def test_code_is_changed_where_readers_see_words_and_nowhere_else():
    source = (
        'at = {"a key": 1}["a key"]\nshow(draw, name="slug", title="What is seen", alt=f"One '
        'half at {at:.1f} nM, of {len(rows)} rows")\nax.set_xlabel("time, h")\npicture.text(1, '
        '2, "half bound", "mitragynine")\n'
    )
    told = code.translate(source, pseudo)
    ast.parse(told)
    assert (
        '"a key"' in told and 'name="slug"' in told and "{at:.1f}" in told and "{len(rows)}" in told
    )
    assert pseudo("What is seen") in told and pseudo("time, h") in told
    assert pseudo("half bound") in told and '"mitragynine"' in told, "a colour is no word"
    assert (
        code.translate(source, lambda message: message.replace("{at:.1f}", "{gone}")) == source
    ), "an invented value changes nothing"


def test_positions_of_a_slider_are_words_and_the_first_one_stays_among_them():
    told = code.translate(
        'Slider("How often", {"half as often": 0.5, "as often": 1.0}, start="half as '
        'often")\nSlider("Counted", {text: text for text in counts}, start="all deaths")\n',
        pseudo,
    )
    call, other = [line.value for line in ast.parse(told).body]
    assert [key.value for key in call.args[1].keys] == [
        pseudo("half as often"),
        pseudo("as often"),
    ] and call.keywords[0].value.value == pseudo("half as often")
    assert other.keywords[0].value.value == "all deaths", "its positions come from the data"


def test_labels_of_drawings_come_from_constants_and_from_what_functions_pass_on():
    source = (
        '"""What is drawn."""\n'
        'NOTE: Style = {"va": "center"}\n'
        'WHO = {"pv-003": "household survey:\\nages 12 to 17", "pv-001": "clinic"}\n\n\n'
        'def rows(ax, table):\n    """Name the rows of a table."""\n'
        '    log_ticks(ax, 0.5, 2, {0.5: "half", 1: "1"})\n'
        '    ax.set_xlabel("time, h")\n'
        '    label(ax, f"{len(table)} of them", table["column of it"], loc="lower right")\n'
        '    table.sort_values("year")\n'
    )
    assert list(code.labels(source)) == [
        "household survey:\nages 12 to 17",
        "clinic",
        "half",
        "{len(table)} of them",
    ]


def test_a_drawn_label_is_told_as_it_is_folded_and_keeps_its_values():
    labels = DrawnLabels(
        {
            "household survey:\nages 12 to 17": "enquête :\n12 à 17 ans",
            "a remedy that helps": "un remède qui aide vraiment",
            "{of['pc-050']} of {n:g}, {of['pc-050']}": "sur {n:g} : {of['pc-050']}",
        }
    )
    assert labels.translate("household survey:\nages 12 to 17") == "enquête :\n12 à 17 ans"
    assert labels.translate("household survey: ages 12 to 17") == "enquête : 12 à 17 ans"
    assert labels.translate("a remedy\nthat helps") == "un remède\nqui aide\nvraiment"
    assert labels.translate("3 of 1,000, 3") == "sur 1,000 : 3"
    assert labels.translate("another text") == "another text" and labels.translate("") == ""


def test_a_drawing_tells_its_ticks_and_texts_in_the_language(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "xx")
    monkeypatch.setattr(
        "kratomcourse.i18n.drawn_labels", lambda code: DrawnLabels({"leaf": "feuille"})
    )
    canvas = Canvas()
    ax = canvas.subplots()
    ax.set_yticks([0, 1], ["leaf", "7-OH"])
    ax.text(0, 0, "leaf")
    change_words(canvas, drawn)
    canvas.draw_without_rendering()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["feuille", "7-OH"]
    assert ax.texts[0].get_text() == "feuille"
    picture = Picture(Axis(0, 1, {}), Axis(0, 1, {}))
    picture.text(0, 0, "leaf")
    assert ">feuille<" in picture.svg()


def test_an_alternative_text_put_together_from_parts_is_translated_part_by_part():
    told = code.translate(
        'show(draw, name="a", alt="Dots with ranges. " + "; ".join(f"{row.name}: {row.k} of '
        'ten" for row in rows) + ". None is above.")\n',
        pseudo,
    )
    assert (
        pseudo("Dots with ranges. ") in told
        and pseudo(". None is above.") in told
        and '"; ".join' in told
    )


def test_the_sentence_of_an_explorer_is_translated_also_where_it_has_a_name():
    source = (
        'def draw(picture, free):\n    more = f" That is {free:g} more." if free > 1 else ""\n   '
        ' colour = "of the line"\n    told = (f"With {free:g} unbound, one half is held."\n      '
        '      f"{more}")\n    return told, {"the share": free}\n'
    )
    told = code.translate(source, pseudo)
    assert (
        pseudo(" That is {free:g} more.") in told
        and "{more}" in told
        and '"of the line"' in told
        and '"the share"' in told
    )
    assert pseudo("With {free:g} unbound, one half is held.{more}") in told
    told = code.translate('show(draw, name="a", alt=f"A list. Said: {words}."[:600])\n', pseudo)
    assert pseudo("A list. Said: {words}.") in told and told.endswith("[:600])\n")


def test_left_and_right_change_places_for_a_language_that_is_read_from_right_to_left():
    css = (
        "a{margin-left:1px;padding:1px 2px 3px 4px;text-align:left;border-radius:0 1px 2px "
        "3px}@media print{b{left:0;box-shadow:inset 3px 0 0 "
        "red;transform:translateX(-50%)!important}}[dir=rtl] c{left:auto}"
    )
    there = turned(css, "ar_XB")
    assert (
        there == "a{margin-right:1px;padding:1px 4px 3px 2px;text-align:right;"
        "border-radius:1px 0 3px 2px}@media print{b{right:0;box-shadow:inset -3px 0 0 "
        "red;transform:translateX(50%)!important}}[dir=rtl] c{left:auto}"
    )
    assert turned(there, "fa") == css, "and back again"
    assert turned(css, "es") == css.replace("[dir=rtl] c{left:auto}", ""), (
        "a sheet from left to right stays, without what is for the others"
    )


@pytest.mark.site
def test_the_whole_sheet_of_the_site_turned_twice_is_itself(site):
    css = (site / "_static" / "site.css").read_text(encoding="utf-8")
    assert (
        "[dir=rtl]" not in css
        and turned(css, "ar") != css
        and turned(turned(css, "ar"), "ar") == css
    )


def translated_words(text):
    """A fragment of a page with its words translated, as text."""
    tree = html.fragment_fromstring(text, create_parent="div")
    page_words.translate_words(tree)
    return html.tostring(tree, encoding="unicode").removeprefix("<div>").removesuffix("</div>")


def test_names_with_a_digit_and_numbers_below_zero_keep_their_order(monkeypatch):
    mark = "\u200e"
    told = insert_ltr_marks("7-OH, \u22120.5 to -3, 2026-08-29, 1-800", "ar")
    assert (
        told == f"{mark}7-OH, {mark}\u22120.5 to {mark}-3, 2026-08-29, 1-800"
        and insert_ltr_marks(told, "ar") == told
    )
    assert insert_ltr_marks("7-OH", "es") == "7-OH"
    monkeypatch.setenv("COURSE_LANGUAGE", "he")
    assert (
        translated_words("<p>A 7-OH</p><pre>x -1</pre><code>-1</code>")
        == f"<p>A {mark}7-OH</p><pre>x -1</pre><code>-1</code>"
    )


def test_a_figure_and_an_explorer_keep_the_order_of_names(monkeypatch):
    mark = "\u200e"
    monkeypatch.setenv("COURSE_LANGUAGE", "ar")
    canvas = Canvas()
    label = canvas.text(0, 0, "A 7-OH")
    keep_order(canvas)
    assert label.get_text() == f"A {mark}7-OH"
    picture = Picture(Axis(0, 1, {}), Axis(0, 1, {}))
    picture.text(0, 0, "7-OH")
    assert f">{mark}7-OH<" in picture.svg()
    monkeypatch.setenv("COURSE_LANGUAGE", "en")
    picture.text(0, 0, "8-OH")
    assert ">8-OH<" in picture.svg()


def test_code_that_a_page_shows_keeps_its_names(monkeypatch):
    monkeypatch.setattr(page_words, "spoken", lambda text: "W")
    page = (
        "<p>items</p><pre><span>items</span></pre><p><code>items</code></p><script>'<b>items</b>'"
        "</script>"
    )
    assert translated_words(page) == page.replace("<p>items</p>", "<p>W</p>")


def test_every_term_of_the_real_course_leads_to_its_translated_entry():
    entries = translated_copy.glossary(ROOT, {})
    entries = {name: pseudo(told) for name, told in entries.items()}
    assert (
        len(entries) > 100
        and translated_copy.terms("{term}`affinity` and {term}`bound <Affinity>`", entries)
        == f"{{term}}`{entries['affinity']}` and {{term}}`bound <{entries['affinity']}>`"
    )
    for path in [*(ROOT / "book").glob("*.md"), *(ROOT / "notebooks").glob("*/*.ipynb")]:
        for shown, _there, entry in translated_copy.TERM.findall(path.read_text(encoding="utf-8")):
            assert (entry or shown).lower() in entries, f"{path.name}: {entry or shown}"


def test_everything_a_reader_sees_is_extracted(unbuilt_mini):
    found = extract(unbuilt_mini)
    said = {domain: {message.id for message in catalogue} for domain, catalogue in found.items()}
    chapter = said["01-mini"]
    assert (
        "Binding is not effect" in chapter
        and "Half of the receptors are bound at one half" in chapter
    )
    assert any("A rising S-shaped curve" in message for message in chapter), "alternative texts"
    assert any("{fact}`ph109`" in message for message in chapter), "with its role"
    assert {
        "Check my answer",
        "Try again",
        "What it can't show:",
        "Facts this page rests on: {count}",
    } <= said["interface"]
    assert len(said["facts"]) > 100 and len(said["help_lines"]) > 10
    assert "deaths" in said["facts"] and not {"date", "year"} & said["facts"], (
        "units are words, but for those that are a way of writing"
    )


def test_a_translation_that_drops_a_fact_or_a_link_is_refused(unbuilt_mini):
    assert differing("It was {fact}`ph109`.", "Es war 81,9.") == "the roles"
    assert differing("See [a](b.md).", "Siehe [a](c.md).") == "the links"
    assert not differing("It was {fact}`ph109`.", "{fact}`ph109` war es.")
    counts = update(unbuilt_mini, "es")
    path = next(path for path in counts if path.stem == "01-mini")
    text = path.read_text(encoding="utf-8")
    line = next(
        line for line in text.splitlines() if "{fact}`ph109`" in line and line.startswith("msgid")
    )
    path.write_text(
        text.replace(line + '\nmsgstr ""', line + '\nmsgstr "Fue 81,9."'), encoding="utf-8"
    )
    with pytest.raises(CourseError, match=r"01-mini.po.*does not keep the roles"):
        load(unbuilt_mini, "es")


def test_a_language_waits_for_a_reviewer_of_its_health_text(unbuilt_mini):
    update(unbuilt_mini, "es")
    _words, reviewers = load(unbuilt_mini, "es")
    assert "01-mini" in unreviewed(reviewers) and "interface" not in unreviewed(reviewers)
    for path in (unbuilt_mini / "locale" / "es" / "LC_MESSAGES").glob("*.po"):
        path.write_text(
            path.read_text(encoding="utf-8").replace(
                '"X-Reviewed-By: \\n"', '"X-Reviewed-By: A. Reader, nurse, 2026-11-01\\n"'
            ),
            encoding="utf-8",
        )
    assert unreviewed(load(unbuilt_mini, "es")[1]) == []
    update(unbuilt_mini, "es")
    assert reviewer_of(path) == "A. Reader, nurse, 2026-11-01", (
        "bringing it up to date keeps the name"
    )
    with pytest.raises(CourseError, match="course words update eo"):
        load(unbuilt_mini, "eo")


@pytest.fixture(scope="module")
def foreign(built_mini, tmp_path_factory):
    """The small course with a language from right to left beside English."""
    root = shutil.copytree(built_mini, tmp_path_factory.mktemp("foreign") / "course")
    panel = re.search(
        r'<div class="course-offline".*?</div>',
        (ROOT / "book" / "privacy.md").read_text(encoding="utf-8"),
        re.S,
    )[0]
    lists = "".join(f"\n\n```{{{name}}} {argument}\n```" for name, argument in LISTS)
    (root / "book" / "lists.md").write_text(
        f"# Lists\n\n{panel}\n\n## Places{lists}\n\n```{{sources}}\n```\n", encoding="utf-8"
    )
    with (root / "_toc.yml").open("a", encoding="utf-8") as toc:
        toc.write("  - file: book/lists\n")
    write_pseudo(root)
    refused = course("book", "--language", LANGUAGE, cwd=root, check=False)
    assert (
        refused.returncode == 1
        and "no competent reader has reviewed" in refused.stderr
        and "--draft" in refused.stderr
    )
    assert not (root / "_build" / "html" / LANGUAGE).exists()
    course("book", "--language", LANGUAGE, "--draft", cwd=root)
    return root / "_build" / "html"


@pytest.mark.parametrize(
    "name",
    [
        "notebooks/01-mini/index",
        MINI_PART,
        "book/help-now",
        "book/index",
        "book/review",
        "book/lists",
        "404",
        "index",
    ],
)
def test_no_visible_english_is_left(foreign, name):
    path = foreign / LANGUAGE / f"{name}.html"
    left = untranslated(html.parse(str(path)).getroot())
    assert not left, f"{name}: {left}"


# What stays: names of works, services and places, what a language calls itself, the ids of facts,
# and the data behind a figure, which are the file's.
NAMES = (
    ".works, .language-switch, .fact-cite, a[href*='#work-'], kbd, .help-now strong, "
    ".help-lines :is(b, dt), .call-buttons span, a[href^='#lines-'], "
    ".law-card h3, .law-lists dt, .law-where, .search-law h2, .search-results, "
    "a[href*='#law-'], datalist, .figure-numbers table, main.bd-article table.counts, "
    ".overview a, .dataframe, a[href*='#fact-']"
)


def untranslated(page):
    """Visible texts of three letters and more in a block that holds no translated word."""
    for gone in page.cssselect(
        f"script, style, noscript, pre, code, math, .notranslate, [hidden] template, {NAMES}"
    ):
        gone.drop_tree()
    left = []
    for node in page.iter():
        if not isinstance(node.tag, str):
            continue
        left += [
            f"{name}={node.get(name)}"
            for name in ("title", "aria-label", "alt", "placeholder")
            if is_english(node.get(name) or "")
        ]
        if any(
            re.search(r"[A-Za-z]{3}", text or "")
            for text in (node.text, *(child.tail for child in node))
        ):
            block = node
            while (
                block.tag in ("span", "a", "strong", "em", "b", "i", "mark", "label", "br")
                and block.getparent() is not None
            ):
                block = block.getparent()
            if is_english(block.text_content()):
                left.append(" ".join(block.text_content().split())[:80])
    return left


def is_english(text):
    if re.fullmatch(r"\s*[A-Z]{3}\s*", text):  # the code of a country
        return False
    # A line of a drawing's label may hold no bracket of the translation, but it has its accents.
    return bool(re.search(r"[A-Za-z]{3}", text)) and not re.search(
        "[\u27e6\u27e7\u0600-\u06ff\u00e1\u00e9\u00ed\u00f3\u00fa\u00e7\u00f1\u0161\u00fd\u017e]",
        text,
    )


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "kratomcourse").glob("site/**/*.js"))
    + sorted((ROOT / "kratomcourse" / "quiz").rglob("*.js")),
    ids=lambda path: path.name,
)
def test_every_word_that_a_script_shows_goes_through_the_catalogue(path):
    known = interface()
    text = re.sub(r"/\*.*?\*/|(?m:(?:^|\s)//.*$)", "", path.read_text(encoding="utf-8"), flags=re.S)
    for match in re.finditer(
        r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", text
    ):
        said = next(filter(None, match.groups()), "")
        if re.search(r"\b_\($", text[: match.start()]):
            assert ast.literal_eval(f'"{said}"') in known, f"{said!r} is not extracted"
        elif re.search(
            r"[A-Za-z]{2,}[,.]? [A-Za-z]{2,}|^[A-Z][a-z]{2,}",
            re.sub(r"<[^>]+>|\$\{[^}]*\}", "", said),
        ) and not is_code(said):
            raise AssertionError(f"{said!r} has no _() around it")


def is_code(said):
    """A selector, a name of the browser's, or markup: nothing that a reader meets."""
    return bool(
        re.fullmatch(
            r"use strict|Escape|IntersectionObserver|Content-Type|text/html|[\w.-]+\.(?:js|html)",
            said,
        )
        or re.search(r"[\[\]#>]|(?:^|, |\s)\.?[a-z]+(?:\.[a-z-]+)?, |[a-z]+\.[a-z]", said)
    )


@functools.cache
def interface():
    return {
        one
        for message in extract(ROOT)["interface"]
        for one in ([message.id] if isinstance(message.id, str) else message.id)
    }


# Commands, and what the build says to whoever builds; the bare page that only leads to another; a
# name that is a licence.
NOT_FOR_READERS = (
    "CC BY 4.0",
    "textual",
    "none",
    "Kratom and Harm Reduction",
    "const THEBE_JS_URL.*?",
    "Toggle hidden content",
    "Solution",
)


@pytest.mark.parametrize(
    "path",
    [
        *sorted((ROOT / "kratomcourse" / "site").glob("*.py")),
        *(
            ROOT / "kratomcourse" / name
            for name in (
                "quiz/html.py",
                "charts/figure.py",
                "charts/explorer.py",
                "exports/book_document.py",
                "exports/epub.py",
                "exports/pdf.py",
            )
        ),
    ],
    ids=lambda path: path.name,
)
def test_every_word_between_tags_that_the_package_writes_is_in_the_catalogue(path):
    known = interface()
    for line, said in words_between_tags(path.read_text(encoding="utf-8")):
        assert said.strip() in known or said.strip() in NOT_FOR_READERS, (
            f"{path.name}, line {line}: {said!r} has no _() around it"
        )


def words_between_tags(code):
    """(line, words) that a module writes between tags or as a name, outside `_` and `ngettext`."""
    tree = ast.parse(code)
    marked = {
        id(inner)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("_", "ngettext")
        for inner in ast.walk(call)
    }
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in marked | parts:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        for inner, name in re.findall(
            r">([^<>{}]*[A-Za-z]{3,}[^<>{}]*)"
            r"<|(?:aria-label|title|placeholder|alt)=[\"']([^\"'{}<>]*[A-Za-z]{3,}[^\"'{}"
            r"<>]*)[\"']",
            text,
        ):
            if not re.search(r"[\\(\[$*]", inner or name):
                yield node.lineno, inner or name


def test_words_without_a_catalogue_are_found():
    assert [
        said
        for _line, said in words_between_tags(
            "a = f\"<p>{_('Right')}</p><b title='Left out'>{x}</b>\"\nb = \""
            '<p>Forgotten words</p>"'
        )
    ] == ["Left out", "Forgotten words"]
    assert (
        is_code("input, select, button")
        and is_code(".quiz-progress tr[data-chapter]")
        and not is_code("Nothing is kept.")
        and not is_code("it is far too large")
    )


@pytest.fixture
def foreign_desk(foreign, browser):
    """A page in the other language, from a server; `left()` tells what English it shows now."""
    with served(foreign) as address:
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, service_workers="block"
        )
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.open = lambda name: page.goto(f"{address}/{LANGUAGE}/{name}.html")
        page.left = lambda: untranslated(html.fromstring(page.content()))
        yield page
        context.close()


@pytest.mark.browser
def test_answers_results_and_the_review_speak_the_language(foreign_desk):
    page = foreign_desk
    page.open(MINI_PART)
    for form in page.locator("form.quiz-item:has(.quiz-check)").all():
        form.locator(".quiz-check").click()
        if form.locator(".quiz-down").count():
            form.locator(".quiz-down").first.click()
        if form.locator("input[type=text]").count():
            form.locator("input[type=text]").fill("many")
            form.locator(".quiz-check").click()
            form.locator("input[type=text]").fill("7")
        if form.locator("input:is([type=radio], [type=checkbox])").count():
            form.locator("input:is([type=radio], [type=checkbox])").last.check()
        form.locator(".quiz-check").click()
    assert page.left() == []
    fact = page.locator("article .fact a.fact-number").first
    fact.focus()
    page.locator("#fact-card").wait_for()
    assert page.left() == []
    page.open("notebooks/01-mini/index")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": b"{"}
    )
    page.locator(".quiz-said", has_text="\u27e6").wait_for()
    assert page.left() == []
    for name in ("sure", "save", "wipe", "wipe", "off", "off"):
        page.locator(f"[data-do={name}]").click()
        assert page.left() == [], name
    page.open("book/review")
    assert page.left() == []
    page.locator("[data-do=new]").click()
    while page.locator(".review-item form").count():
        assert page.left() == []
        if page.locator(".review-item .quiz-down").count():
            page.locator(".review-item .quiz-down").first.click()
        elif page.locator(".review-item input[type=text]").count():
            page.locator(".review-item input[type=text]").fill("7")
        elif page.locator(".review-item input").count():
            page.locator(".review-item input").first.check()
        page.locator(".review-item .quiz-check").click()
        page.locator(".review-when").wait_for()
        assert page.left() == []
        page.locator("[data-do=next]").click()
    assert page.left() == []


@pytest.mark.browser
def test_pages_from_right_to_left_pass_axe(foreign_desk):
    pytest.importorskip(
        "axe_playwright_python",
        reason="axe-playwright-python is not installed; make test installs it",
    )
    from axe import failures

    found = []
    for name in (MINI_PART, "notebooks/01-mini/index", "book/lists", "404", "search"):
        foreign_desk.open(name)
        found += [
            f"{name}, {failure['setting']}: {failure['rule']} at {failure['node']}"
            for failure in failures(foreign_desk)
        ]
    assert not found, "\n".join(found[:20])


@pytest.mark.browser
def test_the_search_speaks_the_language(foreign_desk):
    page = foreign_desk
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.open("search")
    for asked, there in (("Ohio", ".search-law"), ("nothinglikethis", ".search-none")):
        page.goto(f"{page.url.partition('?')[0]}?q={asked}")
        page.locator(f"{there}:has-text('\u27e6')").wait_for()
        assert page.left() == [], asked
    assert not wrong, wrong[:3]


@pytest.mark.browser
def test_lists_the_offline_panel_and_the_last_visit_speak_the_language(foreign_desk):
    page = foreign_desk
    page.add_init_script(
        "localStorage.setItem('course.visits', JSON.stringify({ before: '2020-01-01', "
        "latest: new Date().toISOString().slice(0, 10) }))"
    )
    page.open("book/lists")
    page.locator(".since").first.wait_for()
    assert page.left() == []
    for form in page.locator("form.table-filter").all():
        for asked in ("Ohio", "nothing like this"):
            form.locator("input[type=search]").fill(asked)
            assert page.left() == [], asked
        form.locator("button[type=reset]").click()
    for name in ("none", "wipe"):
        page.locator(f".course-offline [data-does={name}]").click()
        assert page.left() == [], name


def test_a_foreign_page_says_its_language_its_direction_and_that_it_is_a_draft(foreign):
    page = html.parse(str(foreign / LANGUAGE / f"{MINI_PART}.html")).getroot()
    assert (page.get("lang"), page.get("dir")) == ("ar-XB", "rtl")
    (notice,) = page.cssselect(".draft-notice")
    assert "\u27e6" in notice.text_content() and page.cssselect(
        "meta[name=robots][content=noindex]"
    )
    assert page.cssselect("#binding-is-not-effect"), "the anchor of the English page"
    opening = foreign / LANGUAGE / "notebooks" / "01-mini" / "index.html"
    links = html.parse(str(opening)).getroot().cssselect(".chapter-head li a")
    assert [link.get("href") for link in links] == [f"{MINI_PART.rpartition('/')[2]}.html"], (
        "the objective leads to its part"
    )


def test_the_switch_leads_to_the_same_page_and_back(foreign):
    for name in (f"{MINI_PART}.html", "book/help-now.html"):
        (there,) = (
            html.parse(str(foreign / name))
            .getroot()
            .cssselect(f".language-switch a[hreflang='{LANGUAGE.replace('_', '-')}']")
        )
        assert ((foreign / name).parent / there.get("href")).resolve() == foreign / LANGUAGE / name
        (back,) = (
            html.parse(str(foreign / LANGUAGE / name))
            .getroot()
            .cssselect(".language-switch a[hreflang=en]")
        )
        assert ((foreign / LANGUAGE / name).parent / back.get("href")).resolve() == foreign / name


def test_english_alone_has_no_switch(built_mini):
    assert "language-switch" not in (
        built_mini / "_build" / "html" / "book" / "help-now.html"
    ).read_text(encoding="utf-8")


@pytest.mark.browser
def test_a_question_is_marked_in_the_other_language_and_the_page_fits_a_phone(foreign, browser):
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto((foreign / LANGUAGE / f"{MINI_PART}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    form = page.locator("form.quiz-item[data-kind=choice]").first
    letter = form.locator("[data-right=true]").first.get_attribute("data-option")
    form.locator(f"input[value='{letter}']").check()
    form.locator(".quiz-check").click()
    result = form.locator(".quiz-result")
    assert "is-right" in result.get_attribute("class") and "\u27e6" in result.inner_text()
    assert not re.search(r"\bRight\b", result.inner_text())
    page.close()


@pytest.mark.long  # some minutes: every chapter is executed in the other language
@pytest.mark.site
def test_the_whole_course_builds_from_right_to_left(site, tmp_path):
    root = tmp_path / "course"
    for name in ("kratomcourse", "evidence", "book", "notebooks", "quizzes/bank"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "_toc.yml", "requirements.txt", "CITATION.cff"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(
        site, root / "_build" / "html", ignore=shutil.ignore_patterns("lite", "downloads")
    )
    write_pseudo(root)
    course("book", "--language", LANGUAGE, "--draft", cwd=root)
    pages = sorted((root / "_build" / "html" / LANGUAGE).glob("[bn]*/**/*.html"))
    assert len(pages) > 25
    left, labels = {}, set()
    for page in pages:
        tree = html.parse(str(page)).getroot()
        for label in tree.cssselect("svg text"):
            labels.add(" ".join(label.text_content().split()))
            label.drop_tree()
        left[page.name] = untranslated(tree)
    assert not any(left.values()), {name: found[:10] for name, found in left.items() if found}
    # A drawing may also hold names of substances and places, and values of a table.
    said = {label for label in labels if re.search(r"[^\W\d_]{3}", label)}
    english = {label for label in said if is_english(label)}
    assert len(english) < len(said) / 8 and len(said) > 500, sorted(english)
