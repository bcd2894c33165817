"""Attacks on feedback and formgrader. Each changes a notebook that is graded and then shown to people."""

from classroom import cell_of, own_cell

SCRIPT = '<script>alert(1)</script><img src=x onerror="alert(2)"><svg onload=alert(3)>'


def text_of(notebook):
    return cell_of(notebook, "sample-text")


def script_in_every_answer(notebook):
    """Scripts in every answer, as text, letter and number"""
    for name in ("one", "many", "num", "order", "match"):
        cell_of(notebook, f"sample-{name}-answer")["source"] = f"answer_{name} = {SCRIPT!r}"
    text_of(notebook)["source"] = SCRIPT


def closes_what_is_around(notebook):
    """Ends of every tag that may be open around an answer"""
    ends = "</pre></code></td></details></section></main></body></style></title></textarea>-->]]>"
    text_of(notebook)["source"] = ends + SCRIPT
    cell_of(notebook, "sample-code-answer")["source"] = f'"""{ends}{SCRIPT}"""\nanswer = 1'


def message_that_is_a_page(notebook):
    """An exception whose text is a page of its own"""
    cell_of(notebook, "sample-code-answer")["source"] = f"raise ValueError({SCRIPT!r} * 50)"


def function_that_returns_markup(notebook):
    """A function that returns markup for each case"""
    cell_of(notebook, "sample-code-answer")["source"] = f"def occupancy(*a):\n    return {SCRIPT!r}"


def quadratic_markdown(notebook):
    """800 kB of headings, on which Markdown takes hours"""
    text_of(notebook)["source"] = "# a\n" * 200_000


def quadratic_emphasis(notebook):
    """A hundred kilobytes of stars that open and never close"""
    text_of(notebook)["source"] = "*a **a " * 15_000


def quadratic_code(notebook):
    """Half a megabyte of names with dots, on which colours take hours"""
    notebook["cells"].append(own_cell("# " + "a." * 250_000))


def brackets_without_end(notebook):
    """Fifty thousand open brackets and quotes"""
    text_of(notebook)["source"] = "[" * 50_000 + ">" * 50_000


def address_that_runs(notebook):
    """Links and pictures whose address is a script, or another host"""
    text_of(notebook)["source"] = (
        "[a](javascript:alert(1)) ![b](https://evil.example/x.png) <a href='data:text/html,x'>c</a>"
        " [d]: vbscript:x\n[d] <//evil.example> ![e](/logout) <base href=//evil.example>"
    )


def turned_round(notebook):
    """Bidi marks and invisible letters that show other points than there are"""
    text_of(notebook)["source"] = "\u202e3 / 0\u202c \u2066(Score: 17 / 17)\u2069 \u200b\ufeff"


def many_small_cells(notebook):
    """A thousand cells with a little Markdown each, to keep whoever makes the page busy"""
    notebook["cells"] += [own_cell("# a\n" * 300, "markdown") for _ in range(900)]


def raw_cell_of_markup(notebook):
    """A raw cell that says it is HTML"""
    notebook["cells"].append(own_cell(SCRIPT, "raw") | {"metadata": {"raw_mimetype": "text/html"}})


def record_of_its_own(notebook):
    """The record that grading writes, written by the student: full marks, and a misconception of markup"""
    for cell in notebook["cells"]:
        cell["metadata"]["course"] = {"answer": "a", "misconceptions": [SCRIPT], "error": 1}


def comment_of_its_own(notebook):
    """Points and a comment of a marker in the metadata"""
    for cell in notebook["cells"]:
        cell["metadata"].setdefault("nbgrader", {}).update(score=99, comment=SCRIPT, points=99)


def rubric_of_its_own(notebook):
    """A cell that looks like the rubric, with other points"""
    fake = "# A person reads the answer above (99 points).\n# [ ] 99 points: anything at all"
    notebook["cells"].append(own_cell(fake))


def attachment_that_runs(notebook):
    """A picture beside the answer that is a script"""
    text_of(notebook)["attachments"] = {"x.svg": {"image/svg+xml": SCRIPT}}
    text_of(notebook)["source"] = "![x](attachment:x.svg)"


def formulas_without_end(notebook):
    """Forty thousand dollar signs and formulas that open and never close"""
    text_of(notebook)["source"] = "$" * 20_000 + "\\begin{x}" * 2_000 + "$$a" * 7_000
