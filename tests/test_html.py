"""The built pages are HTML by the standard, as html-validate reads it (npm; see tests/html)."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import required

HERE = Path(__file__).parent / "html"
TOOL = HERE / "node_modules" / ".bin" / "html-validate"
pytestmark = pytest.mark.site


def validate(*paths):
    """[(file, line, rule, message)] of errors."""
    required(TOOL.exists(), "html-validate (npm ci in tests/html)")
    with tempfile.TemporaryDirectory() as folder:
        # A pipe would be cut at 64 kB: the program ends before all is written.
        result = Path(folder) / "found.json"
        words = ["--config", HERE / ".htmlvalidate.json", "--formatter", f"json={result}"]
        done = subprocess.run(
            [TOOL, *words, *map(os.fspath, paths)], capture_output=True, text=True, timeout=300
        )
        assert result.exists(), done.stdout + done.stderr
        reports = json.loads(result.read_text(encoding="utf-8"))
    return [
        (report["filePath"], found["line"], found["ruleId"], found["message"])
        for report in reports
        for found in report["messages"]
    ]


def test_every_page_is_valid_html(site):
    found = validate(
        *(
            path
            for path in sorted(site.rglob("*.html"))
            if not path.is_relative_to(site / "lite") or path.name == "start.html"
        )
    )
    assert not found, "\n".join(
        f"{Path(file).relative_to(site)}:{line}: {rule}: {message}"
        for file, line, rule, message in found[:40]
    )


def test_what_is_broken_is_found(tmp_path):
    page = tmp_path / "broken.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><head><title>Broken</title></head><body><main><p>'
        '<div>in a paragraph</div></p><input type="text"><p id="a"></p><p id="a"></p></main>'
        "</body></html>"
    )
    assert {"no-dup-id", "close-order"} <= {rule for _, _, rule, _ in validate(page)}
