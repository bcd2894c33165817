"""An explorer of `charts.explore` in the page: its first frame as a picture, native controls, a
sentence, and the other frames in a file.
"""

import hashlib
import html
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ...charts.style import DARK
from ...i18n import _
from ..postprocess.pipeline import publish
from .caption import figure_with_words

EXTENSION = "kratomcourse.site"

COLOURS = "figure-colours.css"


def explorer_nodes(
    explorer: dict[str, Any], env: BuildEnvironment, write: Callable[[str, str], str]
) -> list[Any]:
    """Nodes of one explorer.

    explorer : the bundle that an Explorer shows under its MIME type
    write    : called with a file name and a text; returns the address Sphinx knows the file by
    """
    name = explorer["name"]
    # The name changes with the content, so that a browser never shows old frames from its cache.
    stamp = hashlib.sha256(explorer["script"].encode()).hexdigest()[:8]
    frames = write(f"{name}-{stamp}.js", explorer["script"])
    if EXTENSION in env.app.extensions:
        drawing: nodes.Node = ExplorerBox(explorer=explorer, frames=frames)
    else:  # someone's own book with our notebooks: the figure as it stands at the start
        drawing = nodes.raw(
            "", f"{explorer['picture']}<p>{html.escape(explorer['sentence'])}</p>", format="html"
        )
    numbers = _("Data for every setting (CSV)")
    return [
        figure_with_words(
            explorer, env, write, drawing, kinds=("course-explorer",), numbers=numbers
        )
    ]


class ExplorerBox(nodes.General, nodes.Element):  # type: ignore[misc]
    """Picture, controls and sentence; `frames` is the script with the other frames, registered as a
    download.
    """


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """The files of frames go where downloads go, so that they lie in the built site under a name of
    their own.
    """
    for box in doctree.findall(ExplorerBox):
        source = box["frames"]
        name, path = app.env.relfn2path(source, app.env.docname)
        app.env.dlfiles.add_file(app.env.docname, name)
        app.env.note_dependency(path)
        box["registered"] = name


def visit(self: Any, box: Any) -> None:
    """Write an explorer as HTML."""
    explorer = box["explorer"]
    address = (
        f"{self.builder.dlpath}/{self.builder.env.dlfiles[box['registered']][1]}"
        if box.get("registered")
        else ""
    )
    self.body.append(box_html(explorer, address))
    raise nodes.SkipNode


def visit_plainly(self: Any, box: Any) -> None:
    """Builders without a script show the first frame's sentence."""
    raise nodes.SkipNode


def box_html(explorer: dict[str, Any], address: Any) -> str:
    """HTML of picture, controls and sentence; the script shows the controls."""
    name = html.escape(explorer["name"])
    forms = {"slider": slider_html, "choice": choice_html}
    rows = "".join(
        forms[control["kind"]](control, f"{name}-{number}")
        for number, control in enumerate(explorer["controls"])
    )
    return (
        f'<div class="explorer" data-explorer="{name}" '
        f'data-frames="{html.escape(address)}">{explorer["picture"]}'
        '<div class="explorer-controls" role="group" aria-label="Settings of this figure" '
        f"hidden>{rows}</div>"
        f'<output class="explorer-sentence">{html.escape(explorer["sentence"])}</output></div>\n'
    )


def slider_html(control: dict[str, Any], name: str) -> str:
    """HTML of a slider, with what stands at its two ends below it."""
    texts, start = control["texts"], control["start"]
    first, last = html.escape(texts[0]), html.escape(texts[-1])
    return (
        f"<label>{html.escape(control['label'])}: "
        f'<strong class="explorer-value">{html.escape(texts[start])}</strong>'
        f'<input type="range" name="{name}" min="0" max="{len(texts) - 1}" step="1" '
        f'value="{start}" autocomplete="off" aria-valuetext="{html.escape(texts[start])}" '
        f'data-texts="{html.escape(json.dumps(texts, ensure_ascii=False))}">'
        f'<span class="explorer-ends" aria-hidden="true"><span>{first}</span>'
        f"<span>{last}</span></span></label>"
    )


def choice_html(control: dict[str, Any], name: str) -> str:
    """HTML of radio buttons."""
    buttons = "".join(
        f'<label><input type="radio" name="{name}" value="{number}"'
        f"{' checked' * (number == control['start'])}> {html.escape(text)}</label>"
        for number, text in enumerate(control["texts"])
    )
    return f"<fieldset><legend>{html.escape(control['label'])}</legend>{buttons}</fieldset>"


def add_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the explorers' script on pages that have one."""
    if doctree is not None and next(doctree.findall(ExplorerBox), None) is not None:
        app.add_js_file("explorer.js", loading_method="defer")


def dark_colours() -> str:
    """Return the rules that turn an explorer's colours dark, from the looks of the figures."""
    names = [f.name for f in fields(DARK) if f.name not in ("name", "compared", "narrow")]
    rules = "".join(
        f'html[data-theme="dark"] .{kind}-{name}{{{what}:{getattr(DARK, name)}}}'
        for name in (*names, *DARK.compared)
        for kind, what in (("f", "fill"), ("s", "stroke"))
    )
    return f"@media screen{{{rules}}}\n"


def write_colours(app: Sphinx) -> None:
    """Write the dark colours of explorers as a style sheet."""
    if app.builder.format == "html":
        publish(Path(app.outdir) / "_static" / COLOURS, dark_colours().encode())
        app.add_css_file(COLOURS)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("builder-inited", write_colours)
    app.add_node(
        ExplorerBox,
        html=(visit, None),
        latex=(visit_plainly, None),
        text=(visit_plainly, None),
        man=(visit_plainly, None),
        texinfo=(visit_plainly, None),
    )
    app.connect("doctree-read", collect)
    app.connect("html-page-context", add_script)
