"""A chapter as reveal.js slides in one file that needs no network.

A slide shows what a room looks at together: a part's case and question, a figure with its finding,
a quiz question, a claim. The prose and the facilitator's notes are the speaker notes.
"""

import base64
import html
import importlib.util
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import nbformat
from latex2mathml.converter import convert

from ..chapters import Chapter, Part, find_chapter, whole_notebook
from ..chapters.drawing_code import mark_drawing_code
from ..chapters.plain import Plain, without_options
from ..charts.explorer import EXPLORER_MIME
from ..charts.figure import MIME
from ..errors import CourseError, Diagnostic, shown_path
from ..files import write_atomic
from ..i18n import _
from ..quiz import load_banks
from ..quiz.bank import shown
from ..quiz.html import ANSWER, KINDS, SUMMARY, explanation
from ..quiz.item_text import to_html

Say = Callable[[str], Any]
TEMPLATES = Path(__file__).parent / "templates"
SKIPPED = ("The graded quiz", "Sources")
POINTS_A_SLIDE = 4
TAKE_HOME_SECTIONS = re.compile(
    r"^#{2,3} (What to take away|Key points|Claims heard)[ \t]*\n(.*?)(?=^#{1,3} |\Z)", re.M | re.S
)
CASE = re.compile(r"```+\{admonition\} The case[^\n]*\n(.*?)^```+", re.M | re.S)
CASE_LETTERS = 420
WAKE = "## If someone won't wake up\n\n"


def slides_html(
    named: str,
    root: Path,
    say: Say,
    titles: Sequence[str] | None = None,
    without: Collection[str] = (),
) -> str:
    """HTML text of slides.

    named   : a chapter or a part, such as 4, 04-risk or 4.2
    titles  : of the parts to take, or None for all of the chapter
    without : ids of items to leave out
    """
    chapter, part = chapter_and_part(named, root)
    titles = [part.title] if part else titles
    notebook = whole_notebook(chapter, lambda path: executed(path, root, say))
    return render(Deck(chapter, notebook, titles, without).cells(), chapter.name)


def write_slides(named: str, target: Path | None, root: Path, say: Say) -> Path:
    """Write the slides of a chapter or a part as one HTML file; beside first, then renamed.

    named   : a chapter or a part, such as 4, 04, 04-risk or 4.2
    target  : file to write; None for exports/slides/CHAPTER.html or CHAPTER-2.html
    root    : folder of the course; where its book was built, the outputs are taken from there
    returns : path written
    raises  : CourseError for a chapter or part that does not exist, or one whose cells fail
    """
    chapter, part = chapter_and_part(named, root)
    stem = f"{chapter.name}-{part.place}" if part else chapter.name
    path = target or root / "exports" / "slides" / f"{stem}.html"
    text = slides_html(named, root, say)
    try:
        write_atomic(path, text)
    except OSError as error:
        raise CourseError(
            Diagnostic(
                shown_path(path),
                f"cannot be written ({error.strerror}).",
                "name a file in a folder of yours with --to",
            )
        ) from error
    return path


def chapter_and_part(named: str, root: Path) -> tuple[Chapter, Part | None]:
    """Return (chapter, its part or None) of a word such as 4, 04-risk or 4.2."""
    word, _dot, place = str(named).partition(".")
    chapter = find_chapter(word, root)
    if not place:
        return chapter, None
    part = next((part for part in chapter.parts if str(part.place) == place), None)
    if part is None:
        known = ", ".join(f"{part.number} {part.title}" for part in chapter.parts)
        raise CourseError(
            Diagnostic("slides", f"there is no part '{named}'.", f"take one of {known}")
        )
    return chapter, part


def executed(source: Path, root: Path, say: Say) -> Any:
    """Return a part's notebook with the outputs of the last build, or executed now."""
    from jupyter_cache import get_cache

    notebook = mark_drawing_code(nbformat.read(source, as_version=4), source)
    if not any(cell.cell_type == "code" for cell in notebook.cells):
        return notebook
    for folder in sorted((root / "_build" / ".jupyter_cache").glob("*/global.db")):
        cache = get_cache(folder.parent)
        try:
            return cache.merge_match_into_notebook(notebook)[1]
        except KeyError:
            continue
    say(
        f"executing {source.parent.name}/{source.stem}, "
        "because the built book has no outputs of this text"
    )
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    try:
        return NotebookClient(
            notebook, timeout=300, resources={"metadata": {"path": str(source.parent)}}
        ).execute()
    except CellExecutionError as error:
        raise CourseError(
            Diagnostic(
                shown_path(source),
                f"a cell failed: {error.ename}: {error.evalue}",
                "fix the cell; `make book` shows all of it",
            )
        ) from error


class Deck(Plain):
    """A chapter's cells as Markdown cells with reveal.js metadata, for nbconvert's exporter."""

    def __init__(
        self,
        chapter: Chapter,
        notebook: Any,
        titles: Sequence[str] | None = None,
        without: Collection[str] = (),
    ) -> None:
        super().__init__(chapter.path)
        self.notebook, self.titles, self.without, self.bank = (
            notebook,
            titles,
            set(without),
            load_banks()[self.chapter],
        )
        # (kind, Markdown); the kind is slide, subslide or notes
        self.slides: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.quizzes: list[Any] = []
        self.facilitator: list[str] = []

    def cells(self) -> list[Any]:
        """Return the slide cells of the chapter, with help at its beginning and its end."""
        title = ""
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                if self.wanted(title):
                    self.outputs(cell)
                continue
            for part in re.split(r"(?m)^(?=## )", cell.source):
                title = self.section(part, title)
        self.flush()
        self.add("slide", "## If this has stirred something up\n\n" + self.help_now())
        self.add("subslide", WAKE + self.first_aid("unresponsive", ":short:"))
        return [new_cell(kind, formulas(text)) for kind, text in self.slides]

    def section(self, text: str, title: str) -> str:
        """Add the slides of some prose; return the title of the section it belongs to."""
        opened = re.match(r"##? (.+)\n", text)
        title = opened[1] if opened else title
        if title in SKIPPED or not self.wanted(title):
            return title
        self.quizzes, self.facilitator = [], []
        prose = "\n".join(part for _, part in self.convert(text)).strip()
        if opened and text.startswith("# "):
            objectives = "\n".join(f"- {objective.text}" for objective in self.bank.objectives)
            self.add("slide", f"# {title}\n\n*{self.of.thinking}*")
            self.add(
                "subslide", f'## After it you can\n\n<div class="goals">\n\n{objectives}\n\n</div>'
            )
            self.add("subslide", "## Before we begin\n\n" + self.help_now())
            self.add("subslide", WAKE + self.first_aid("unresponsive", ":short:"))
        elif opened and title == "Claims heard":
            self.claims(prose)
        elif opened and title == "Key points":
            points = re.findall(r"(?m)^- (.+)$", prose)
            for start in range(0, len(points), POINTS_A_SLIDE):
                self.add(
                    "subslide" if start else "slide",
                    f"## {title}\n\n"
                    + "\n".join(f"- {point}" for point in points[start : start + POINTS_A_SLIDE]),
                )
        elif opened:
            self.add("slide", f"## {title}\n\n{opening_of(text, prose)}")
        if live := re.search(r"(?m)^### (Try it live: .+)\n+((?:.+\n?)+)", prose):
            self.add("subslide", f"## {live[1]}\n\n{live[2]}")
        if title not in ("Claims heard", "Key points"):
            self.notes.append(re.sub(r"(?m)^#+ .*$", "", prose).strip())
        self.notes += [f"**For the teacher.** {note}" for note in self.facilitator]
        for item in self.quizzes:
            self.add("subslide", self.question(item))
        return title

    def wanted(self, title: str) -> bool:
        """Return whether the slides have this section; the chapter's beginning and end always."""
        return (
            self.titles is None
            or title in (*self.titles, "Claims heard", "Key points", self.bank.title)
            or not title
        )

    def claims(self, prose: str) -> None:
        """Add a slide for each row of the table of claims."""
        rows = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in prose.splitlines()
            if line.startswith("|")
        ]
        self.add(
            "slide",
            "## Claims heard\n\nWhat would you say to someone who tells you this? "
            "Talk first, then look.",
        )
        for heard, evidence in rows[2:]:
            self.add(
                "subslide", f'## {heard}\n\n<div class="fragment">\n\n{large(evidence)}\n\n</div>'
            )

    def outputs(self, cell: Any) -> None:
        """Add a slide for each figure that the cell shows."""
        for output in cell.get("outputs", []):
            shown_data = output.get("data", {})
            if MIME in shown_data:
                figure = shown_data[MIME]
                picture = figure["wide"]
            elif EXPLORER_MIME in shown_data:
                figure = shown_data[EXPLORER_MIME]
                picture = figure["picture"].replace(
                    "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ', 1
                )
            else:
                continue
            data = base64.b64encode(picture.encode()).decode()
            alt = html.escape(figure["alt"], quote=True).replace("\n", " ")
            self.add(
                "subslide",
                f"### {figure['title']}\n\n"
                f'<p class="picture"><img alt="{alt}" src="data:image/svg+xml;base64,{data}"></p>'
                '\n\n<p class="limits"><em>What it does not show:</em> '
                f"{html.escape(figure['limits'])}</p>",
            )

    def question(self, item: Any) -> str:
        """Return the slide of one quiz question; the answer appears with the next step."""
        key = to_html(item.stem)
        options = ASK.get(item.kind, nothing)(item)
        asked = f'<p class="kind">{KINDS[item.kind]}</p><div class="stem">{key}</div>{options}'
        label = SUMMARY.get(item.kind, "Answer")
        short = SHORT.get(item.kind, ANSWER[item.kind])(item)
        answer = f'<div class="fragment answer"><p><b>{label}</b></p>{short}</div>'
        self.notes.append(one_line(ANSWER[item.kind](item) + explanation(item)))
        length = len(re.sub("<[^>]+>", "", asked))
        sizes = ((700, " dense"), (420, " long"), (240, " medium"))
        size = next((name for letters, name in sizes if length > letters), "")
        return f'<div class="question{size}">{one_line(asked)}{one_line(answer)}</div>'

    def add(self, kind: str, text: str) -> None:
        """Add a slide, a subslide or notes."""
        self.flush()
        self.slides.append((kind, text))

    def flush(self) -> None:
        """Give the notes gathered so far to the slide before."""
        notes = [note for note in self.notes if note]
        if notes and self.slides:
            self.slides.append(("notes", "\n\n".join(notes)))
        self.notes = []

    def directive(self, name: str, argument: str, body: str) -> str:
        """Collect quizzes and facilitator notes; leave the rest to the plain notebook."""
        if name == "quiz":
            self.quizzes += [
                item
                for item in self.bank.used_for("check")
                if {item.objective, item.id} & set(argument.split()) and item.id not in self.without
            ]
            return ""
        if name == "facilitator":
            self.facilitator.append(
                "\n".join(text for _, text in self.convert(without_options(body))).strip()
            )
            return ""
        if name in ("chapter", "part", "parts", "help-now", "sources"):
            return ""
        return str(super().directive(name, argument, body))

    def help_now(self, *_: Any) -> str:
        """Return the help lines without the quote marks of a plain notebook."""
        return re.sub(r"(?m)^> ?", "", self.help_numbers())


def opening_of(text: str, prose: str) -> str:
    """Return a part's case and its first question as the body of a slide.

    text  : of the section as it is in the notebook
    prose : the same, converted
    """
    if question := re.search(r"\*\*The question\.\*\* (.+)", prose):
        return large(question[1])
    case = CASE.search(text)
    shown = ""
    if case:
        body = re.sub(r"\{(?:fact|term|src)\}`[^`]*`", "", case[1])
        words = " ".join(body.split())
        shown = f'<div class="case">\n\n{first_sentences(words, CASE_LETTERS)}\n\n</div>\n\n'
        prose = prose.replace(case[1].strip(), "")
    before_headings = re.split(r"(?m)^#{3,} ", prose)[0]
    for block in running_text(before_headings):
        asked = [number for number, one in enumerate(block) if one.endswith("?")]
        if asked:
            lead = " ".join(block[: asked[0]])
            if lead and not shown:
                kept = first_sentences(lead, CASE_LETTERS)
                shown = f'<div class="case">\n\n{kept}\n\n</div>\n\n'
            return shown + large(block[asked[0]])
    return shown


def running_text(prose: str) -> list[list[str]]:
    """Return the sentences of each paragraph, without headings, quotes, tables and lists."""
    blocks = (block.strip() for block in re.split(r"\n\s*\n", prose))
    running = [" ".join(block.split()) for block in blocks if block[:1] not in "#>|-*!`<:"]
    return [re.split(r"(?<=[.?!])\s+", block) for block in running if block]


def first_sentences(text: str, letters: int) -> str:
    """Return as many whole sentences as fit, at least one."""
    kept = ""
    for one in re.split(r"(?<=[.?!])\s+", text):
        if kept and len(kept) + len(one) > letters:
            break
        kept = f"{kept} {one}".strip()
    return kept


def large(text: str) -> str:
    """Return a few words in type for the last row."""
    return f'<div class="large">\n\n{text}\n\n</div>'


def handout_blocks(named: str, root: Path) -> list[tuple[str, str]]:
    """Return [(heading, HTML)] of a chapter for the handout: takeaways and claims heard."""
    chapter = find_chapter(named, root)
    plain, points, heard = Plain(chapter.path), "", ""
    for cell in whole_notebook(chapter).cells:
        if cell.cell_type != "markdown":
            continue
        for found in TAKE_HOME_SECTIONS.finditer(cell.source):
            prose = "\n".join(text for kind, text in plain.convert(found[2]) if kind == "markdown")
            if found[1] == "Claims heard":
                heard += to_html(prose)
            else:
                points += to_html(prose)
    blocks = ((_("what to take away"), points), (_("claims heard"), heard))
    return [(f"{chapter.title}: {title}", text) for title, text in blocks if text]


def nothing(item: Any) -> str:
    """Return no options, for a question without any."""
    return ""


def ask_options(item: Any) -> str:
    """Return the options of a question of this kind."""
    return (
        '<ul class="options">'
        + "".join(
            f"<li><b>{letter}</b> {to_html(item.options[index].text, inline=True)}</li>"
            for letter, index in shown(item)
        )
        + "</ul>"
    )


def ask_order(item: Any) -> str:
    """Return the options of a question of this kind."""
    return (
        '<ul class="options">'
        + "".join(
            f"<li><b>{letter}</b> {to_html(item.entries[index], inline=True)}</li>"
            for letter, index in shown(item)
        )
        + "</ul>"
    )


def ask_match(item: Any) -> str:
    """Return the options of a question of this kind."""
    left = "".join(f"<li>{to_html(pair.left, inline=True)}</li>" for pair in item.pairs)
    right = "".join(
        f"<li><b>{letter}</b> {to_html(item.pairs[index].right, inline=True)}</li>"
        for letter, index in shown(item)
    )
    return f'<div class="two"><ol>{left}</ol><ul class="options">{right}</ul></div>'


def short_options(item: Any) -> str:
    """Return the short answer of a question of this kind."""
    letters = [letter for letter, index in shown(item) if item.options[index].correct]
    right = next(item.options[index] for _, index in shown(item) if item.options[index].correct)
    return f"<p><b>{', '.join(letters)}</b></p>" + (
        to_html(right.feedback) if len(letters) == 1 else ""
    )


def short_order(item: Any) -> str:
    """Return the short answer of a question of this kind."""
    ordered = sorted(shown(item), key=lambda pair: pair[1])
    return f"<p><b>{', '.join(letter for letter, _ in ordered)}</b></p>"


def short_match(item: Any) -> str:
    """Return the short answer of a question of this kind."""
    letters = {index: letter for letter, index in shown(item)}
    return (
        "<p>"
        + ", ".join(f"{place + 1} <b>{letters[place]}</b>" for place in range(len(item.pairs)))
        + "</p>"
    )


def short_number(item: Any) -> str:
    """Return the short answer of a question of this kind."""
    unit = f" {html.escape(item.unit)}" if item.unit else ""
    return f"<p><b>About {item.key:.4g}{unit}</b></p>{explanation(item)}"


def short_text(item: Any) -> str:
    """Return the short answer of a question of this kind."""
    return "<p>Explain it to your neighbour, then compare with the teacher's notes.</p>"


ASK: dict[str, Callable[[Any], str]] = {
    "choice": ask_options,
    "choices": ask_options,
    "order": ask_order,
    "match": ask_match,
}
SHORT: dict[str, Callable[[Any], str]] = {
    "choice": short_options,
    "choices": short_options,
    "order": short_order,
    "match": short_match,
    "number": short_number,
    "text": short_text,
    "code": short_text,
}


def one_line(text: str) -> str:
    """Return HTML without line breaks, so that Markdown leaves it alone; code keeps its lines."""
    parts = re.split(r"(<pre.*?</pre>)", text, flags=re.S)
    return "".join(
        part.replace("\n", "&#10;") if part.startswith("<pre") else part.replace("\n", " ")
        for part in parts
    )


def formulas(text: str) -> str:
    """Return text with TeX between dollar signs as MathML."""
    text = re.sub(
        r"\$\$(.+?)\$\$", lambda match: convert(match[1], display="block"), text, flags=re.S
    )
    return re.sub(r"(?<![\\$\w])\$([^$\n]+?)\$(?![\w$])", lambda match: convert(match[1]), text)


def new_cell(kind: str, text: str) -> Any:
    """Return a Markdown cell with reveal.js's kind of slide."""
    return nbformat.v4.new_markdown_cell(text, metadata={"slideshow": {"slide_type": kind}})


def render(cells: list[Any], name: str) -> str:
    """Return one HTML file of slides, by nbconvert's slide exporter and our template."""
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata={"title": cells[0].source.splitlines()[0].lstrip("# ")}
    )
    exporter = SlidesExporter(
        template_name="course_slides",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_anchor_links=True,
        config=Config({"HTMLExporter": {"sanitize_html": False}}),
    )
    body, _ = exporter.from_notebook_node(
        notebook, resources={"metadata": {"name": name}, "course": reveal_files()}
    )
    return body


def reveal_files() -> dict[str, str]:
    """Return the texts of reveal.js, its notes and its styles from the installed package."""
    found = importlib.util.find_spec("sphinx_revealjs")
    if found is None or not found.submodule_search_locations:
        raise CourseError(
            Diagnostic(
                "slides",
                "reveal.js is not installed.",
                "make book installs it; or: pip install sphinx-revealjs",
            )
        )
    folder = Path(found.submodule_search_locations[0]) / "_static" / "revealjs"

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    def script(name: str) -> str:
        # A script element ends at the first closing tag, also at one inside a string.
        return read(name).replace("</script", "<\\/script")

    return {
        "css": read("dist/reset.css") + read("dist/reveal.css"),
        "own_css": (TEMPLATES / "course_slides" / "slides.css").read_text(encoding="utf-8"),
        "reveal": script("dist/reveal.js"),
        "notes": script("plugin/notes/notes.js"),
        "licence": read("LICENSE"),
    }
