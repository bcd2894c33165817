"""What a reader of a chapter asks for later: answers, code behind folds, the entries of facts, the full list of works.

They weigh more than half of a chapter. They leave the page for two script files that the page loads when they are asked
for (a script works from a folder too, a request does not), and for a plain page of their own, to which the
folds lead without JavaScript. Each keeps its place and its id, so that links within the page lead there.
"""

import hashlib
import json
import re
from html import escape, unescape

from ..i18n import _, direction, language, tag

FOLDED_CODE = re.compile(
    r'(<details class="admonition hide above-input">\s*<summary[^>]*>.*?</summary>)(.*?)(</details>)',
    re.S,
)
SOLUTION = re.compile(
    r'(<details class="[^"]*\bsd-dropdown\b[^"]*"[^>]*>\s*<summary(?:(?!</summary>).)*<span class="sd-summary-text">Solution</span>.*?</summary>)((?:(?!<details\b).)*?)(</details>)',
    re.S,
)
NUMBERS = re.compile(
    r'(<details class="figure-numbers"[^>]*>\s*<summary[^>]*>.*?</summary>)(.*?)(</details>)', re.S
)
TERMS = re.compile(r'<div class="term-notes" hidden>(.*?)</div>', re.S)
TERM = re.compile(r'<(div|p|li|span) id="about-term-')
HEADING_LINK = re.compile(r'<a class="headerlink" href="#[^"]*" title="[^"]*">#</a>')
FACT = re.compile(r'<li id="(fact-[\w-]+)" class="fact-entry">(.*?)</li>', re.S)
WORKS = re.compile(r'<ul class="works">(.*?)</ul>', re.S)
WORK = re.compile(r'<li id="(work-[\w-]+)">(.*?)</li>', re.S)
QUESTION = re.compile(
    r'(<form class="quiz-item"(?:(?!</form>).)*?<legend>(.*?)</legend>(?:(?!</form>).)*?<details class="quiz-answer"><summary>.*?</summary>)(.*?)(</details></form>)',
    re.S,
)
NUMBER = re.compile(r'<span class="quiz-number">.*?</span></span>\s*', re.S)
KINDS = ("answers", "code", "notes", "numbers", "terms")
SCRIPT = "courseLater({parts},{version});\n"
LEAST = 12  # fewer entries than this are lighter left where they are


def take_out(html, name, root, sources="book/sources.html", shorts=None):
    """A page without its later parts.

    name    : of the page without ending, such as notebooks/04-risk
    root    : way from the page to the root of the site, such as ../
    shorts  : {id of a work's entry: short citation}, to stand for the entry until it comes
    returns : (HTML, {kind: {id: HTML}}, {id of an answer: HTML of its question}); nothing is taken where little would be won
    """
    shorts = shorts or {}
    answers, code, notes, numbers, terms, questions = {}, {}, {}, {}, {}, {}
    page = f"{root}more/{name.rpartition('/')[2]}.html"

    def take_code(match):
        key = f"code-{len(code) + 1}"
        code[key] = match[2].strip()
        return f'{match[1]}<div id="{key}" data-later="code"><p><a href="{page}#{key}">{_("The code, on a page of its own")}</a></p></div>{match[3]}'

    def take_solution(match):
        key = f"solution-{sum(key.startswith('solution') for key in code) + 1}"
        code[key] = match[2].strip()
        return f'{match[1]}<div id="{key}" data-later="code"><p><a href="{page}#{key}">{_("The solution, on a page of its own")}</a></p></div>{match[3]}'

    def take_numbers(match):
        key = f"numbers-{len(numbers) + 1}"
        numbers[key] = match[2].strip()
        return f'{match[1]}<div id="{key}" data-later="numbers"><p><a href="{page}#{key}">{_("The table, on a page of its own")}</a></p></div>{match[3]}'

    def take_terms(match):
        terms["term-notes"] = match[1]
        return '<div class="term-notes" id="term-notes" data-later="terms" hidden></div>'

    def take_fact(match):
        notes[match[1]] = match[2]
        return f'<li id="{match[1]}" class="fact-entry" data-later="notes"><a href="{page}#{match[1]}">{match[1].removeprefix("fact-")}</a></li>'

    def take_work(match):
        if match[1] not in shorts:
            return match[0]
        notes[match[1]] = match[2]
        return f'<li id="{match[1]}" data-later="notes"><a href="{root}{sources}#{match[1]}">{escape(shorts[match[1]])}</a></li>'

    def take_answer(match):
        key = f"answer-{len(answers) + 1}"
        answers[key], questions[key] = match[3].strip(), NUMBER.sub("", match[2]).strip()
        return f'{match[1]}<div id="{key}" data-later="answers"><p><a href="{page}#{key}">{_("The answer, on a page of its own")}</a></p></div>{match[4]}'

    if html.count('<form class="quiz-item"') >= LEAST:
        html = QUESTION.sub(take_answer, html)
    html = HEADING_LINK.sub("", FOLDED_CODE.sub(take_code, SOLUTION.sub(take_solution, html)))
    html = NUMBERS.sub(take_numbers, html)
    if len(TERM.findall(html)) >= LEAST:
        html = TERMS.sub(take_terms, html)
    if len(FACT.findall(html)) >= LEAST:
        html = FACT.sub(take_fact, html)
        html = WORKS.sub(
            lambda match: f'<ul class="works">{WORK.sub(take_work, match[1])}</ul>', html
        )
    parts = {
        kind: found
        for kind, found in zip(KINDS, (answers, code, notes, numbers, terms), strict=True)
        if found
    }
    if parts:
        html = html.replace("<body", f'<body data-more="{root}more/{name.rpartition("/")[2]}"', 1)
    return html, parts, questions


def version_of(parts):
    """Version of all that a page brings later, which the page and its script files both name."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]


def script(found, version):
    """Text of the script file with one kind of parts, for the page of that version alone."""
    parts = (
        json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        .replace("</", "<\\/")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
    return SCRIPT.format(parts=parts, version=json.dumps(version))


def plain_page(title, address, parts, questions, sheet, boot):
    """The page that holds the same parts for a reader without JavaScript.

    address : of the chapter, seen from the page
    parts, questions : of `take_out`
    sheet   : address of the style sheet, seen from the root of the site
    boot    : script that sets the colour mode
    """
    title = escape(_("{title}: answers, code, facts and works", title=unescape(title)))
    body = []
    if answers := parts.get("answers"):
        body.append(f"<h2>{_('Answers to the questions')}</h2>")
        body += [
            f'<div id="{key}"><h3>{questions[key]}</h3>{html}</div>'
            for key, html in answers.items()
        ]
    if code := parts.get("code"):
        body.append(f"<h2>{_('Code behind figures and tables, and solutions')}</h2>")
        body += [f'<div id="{key}"><h3>{named(key)}</h3>{html}</div>' for key, html in code.items()]
    if numbers := parts.get("numbers"):
        body.append(f"<h2>{_('Numbers behind the figures')}</h2>")
        body += [
            f'<div id="{key}"><h3>{named(key)}</h3>{html}</div>' for key, html in numbers.items()
        ]
    notes = parts.get("notes", {})
    if facts := {key: html for key, html in notes.items() if key.startswith("fact-")}:
        body += [
            f"<h2>{_('Facts the chapter rests on')}</h2><ul>",
            *(f'<li id="{key}" class="fact-entry">{html}</li>' for key, html in facts.items()),
            "</ul>",
        ]
    if works := {key: html for key, html in notes.items() if key.startswith("work-")}:
        body += [
            f'<h2>{_("Works")}</h2><ul class="works">',
            *(f'<li id="{key}">{html}</li>' for key, html in works.items()),
            "</ul>",
        ]
    # What scrolls sideways is a stop of the keyboard; in the chapter the theme's script sees to it.
    text = "\n".join(body).replace("<pre>", '<pre tabindex="0">')
    code = language()
    way = ' dir="rtl"' if direction(code) == "rtl" else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{tag(code)}"{way} data-theme="light" data-content_root="../">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f'<link rel="stylesheet" href="../{sheet}">\n<link rel="icon" href="../_static/favicon.svg">\n<script>{boot}</script>\n'
        f'<title>{title}</title>\n</head>\n<body>\n<main id="main-content" class="bd-article bd-plain">\n<h1>{title}</h1>\n'
        f'<p><a href="{address}">{_("Back to the chapter")}</a></p>\n'
        + text
        + "\n</main>\n</body>\n</html>\n"
    )


def named(key):
    """Heading of one part: code-3 is Code 3."""
    kind, _dash, number = key.partition("-")
    return {
        "code": _("Code {number}", number=number),
        "solution": _("Solution {number}", number=number),
        "numbers": _("Numbers {number}", number=number),
    }[kind]
