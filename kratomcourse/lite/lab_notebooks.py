"""The notebooks for the browser, and the start page that lists them."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

import nbformat

from ..i18n import _
from .core import CDN

# The wheels are in the site. Their dependencies are there too or come from the CDN: no look-up.
FIRST = """# Run this cell first (in the browser only).
{what}
import piplite
await piplite.install(["kratomcourse", "pybtex", "latexcodec"], deps=False)

from kratomcourse.browser import prepare
await prepare({host})"""
FROM_SITE = "# It installs the course, numpy, pandas and matplotlib, all from this site."
FROM_CDN = (
    "# It installs the course from this site, and numpy, pandas and matplotlib from Pyodide's CDN."
)

# In this order: IndexedDB, local storage, memory until the page is closed (localforage's names).
STORAGE = ["asyncStorage", "localStorageWrapper", "memoryStorageDriver"]

STYLE = """\
:root{color-scheme:light dark}
body{margin:0;font:1.05rem/1.6 system-ui,sans-serif;background:#fff;color:#1f2328}
main{max-width:38rem;margin:6vh auto;padding:0 1.25rem}
a{color:#0f5cc0}
li{margin:.5rem 0}
ol a{display:inline-block;padding:.35rem 0}
.help a{display:inline-block;padding:.6rem 1rem;border:2px solid #b84a00;border-radius:.4rem;
font-weight:600}
.stop{padding:.6rem 1rem;border-inline-start:.3rem solid #b84a00;background:#fff4ea}
a:focus-visible{outline:3px solid #0f5cc0;outline-offset:2px}
@media (prefers-color-scheme:dark){
body{background:#14181e;color:#e8ebee}
a{color:#8ab8ff}
.help a{border-color:#f59a4e}
.stop{background:#2a1f16}
a:focus-visible{outline-color:#8ab8ff}
}
"""


def first_cell(self_hosted: bool) -> str:
    """Return the source of the cell that prepares Python in the browser."""
    if self_hosted:
        return FIRST.format(what=FROM_SITE, host="")
    return FIRST.format(what=FROM_CDN, host=f'"{CDN}"')


def write_notebooks(plain: Path, folder: Path, self_hosted: bool) -> dict[str, str]:
    """Write the plain notebooks with a first cell that prepares Python in the browser.

    self_hosted : whether the site has all packages, so that no other host is asked
    returns     : {stem of the file: title} in order
    """
    titles = {}
    for path in sorted(Path(plain).glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        heading = next(
            line
            for cell in notebook.cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("# ")
        )
        titles[path.stem] = heading[2:].strip()
        notebook.cells = [cell for cell in notebook.cells if cell.id != "get-package"]
        notebook.cells.insert(
            0, nbformat.v4.new_code_cell(first_cell(self_hosted), id="in-the-browser")
        )
        notebook.metadata["kernelspec"] = {
            "display_name": "Python (in the browser)",
            "language": "python",
            "name": "python",
        }
        (Path(folder) / path.name).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return titles


# Shows the sentences that concern this browser; without JavaScript none is shown, and none applies.
CHECK_BROWSER = """\
const reveal = (id) => document.getElementById(id).removeAttribute("hidden");
if (typeof WebAssembly !== "object") reveal("no-webassembly");
const kept = (() => {
  try { return Boolean(window.indexedDB && window.localStorage); } catch { return false; }
})();
if (!kept) reveal("no-storage");
"""


def start_page(titles: Mapping[str, str], megabytes: int, self_hosted: bool) -> str:
    """Return the HTML of the start page, which says what will be downloaded before anything is.

    titles      : {stem: title} of the notebooks
    megabytes   : what a first visit downloads from this site, MB, approximately
    self_hosted : whether the site has all packages, so that no other host is asked
    """
    description = _(
        "The parts of the course as notebooks that run in your own browser, "
        "with nothing to install."
    )
    introduction = _(
        "Each part of the course is a notebook. Python runs in your own browser; "
        "there is nothing to install and no account."
    )
    download = _(
        "The first one loads about {megabytes} MB from this site. On a phone, use Wi-Fi.",
        megabytes=megabytes,
    )
    other_host = _(
        "A notebook asks another host, {host}, for parts of Python and for the libraries for "
        "numbers and figures. That host sees your internet address. Nothing is asked of it before "
        "you open a notebook.",
        host=CDN,
    )
    without_host = _("Where that host can't be reached, the notebooks here don't start.")
    no_host = _("Nothing is asked of any other host.")
    needs = _(
        "It needs a browser with WebAssembly: a current Chrome, Edge, Firefox or Safari. "
        "The downloaded notebook, with your own Python, needs none."
    )
    notes = [
        download,
        *([no_host] if self_hosted else [other_host, without_host]),
        needs,
    ]
    storage = _(
        "What you write stays in this browser. To keep it, download it: File, then Download. "
        "To remove it, delete this site's data in your browser."
    )
    before = "\n".join(f"<li>{note}</li>" for note in [*notes, storage])
    no_webassembly = _(
        "This browser can't run Python: it has no WebAssembly. Every page of the course offers "
        "its notebook to download, for a Python of your own."
    )
    no_storage = _(
        "This browser keeps nothing for this site, so what you write is lost when you close "
        "the page. Download it first: File, then Download."
    )
    no_script = _("Running a notebook here needs JavaScript. The course itself needs none.")
    chapters = "\n".join(
        f'<li id="{escape(stem)}"><a href="notebooks/index.html?path={escape(stem)}.ipynb">'
        f"{escape(title)}</a></li>"
        for stem, title in titles.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{_("Run a part in your browser")}</title>
<meta name="description" content="{description}">
<link rel="icon" href="../_static/favicon.svg">
<link rel="stylesheet" href="start.css">
</head>
<body>
<main>
<h1>{_("Run a part in your browser")}</h1>
<p class="help"><a href="../book/help-now.html">{_("Help now: whom to call or text")}</a></p>
<p>{introduction}</p>
<h2>{_("Before you open one")}</h2>
<noscript><p class="stop">{no_script}</p></noscript>
<p class="stop" id="no-webassembly" role="status" hidden>{no_webassembly}</p>
<p class="stop" id="no-storage" role="status" hidden>{no_storage}</p>
<ul>
{before}
</ul>
<h2>{_("Notebooks")}</h2>
<ul>
{chapters}
</ul>
<p><a href="../book/index.html">{_("Back to the course")}</a></p>
</main>
<script>{CHECK_BROWSER}</script>
</body>
</html>
"""


def settings(name: str) -> str:
    """Return `jupyter-lite.json`: the site's own Python, no fallback to PyPI, no extra extensions.

    name : name of the application, as the window's title shows it
    """
    return json.dumps(
        {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {
                "appName": name,
                "collaborative": False,
                # Where the browser refuses to keep anything, a notebook still opens and runs.
                "enableMemoryStorage": True,
                "contentsStorageDrivers": STORAGE,
                "settingsStorageDrivers": STORAGE,
                "disabledExtensions": [
                    "@jupyterlab/extensionmanager-extension",
                    "@jupyterlab/apputils-extension:announcements",
                    "@jupyterlite/apputils-extension:share-file",
                ],
                "litePluginSettings": {
                    "@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}
                },
            },
        },
        indent=1,
    )


def interface_settings() -> str:
    """Return `overrides.json`: all cells are in the page, so that its search finds every word."""
    return json.dumps({"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}})
