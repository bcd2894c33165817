"""Scripts in written answers and in cells of its own, which would run as the instructor on the formgrader's page."""

from classroom import own_cell

SCRIPTS = """<script>fetch("/formgrader/api/grades", {method: "PUT"})</script> <img src=x onerror=alert(1)> <svg onload=alert(1)></svg>
[a](javascript:alert(1)) [b]( JaVaScRiPt:alert(1)) <a href="data:text/html;base64,PHNjcmlwdD4=">c</a> ![d](/logout) ![e](https://evil.example/seen.png)
<style>.score {display: none}</style><iframe src="//evil.example"></iframe><form action="/formgrader"><input name="points"></form><base href="//evil.example">
<details ontoggle=alert(1) open>f</details> $$<img src=x onerror=alert(1)>$$ <p style="position: fixed; inset: 0">g</p> <input class="score" id="sample-code" value="99">"""


def change(notebook, classroom):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = SCRIPTS
            cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}
    notebook["cells"].append(own_cell(SCRIPTS, "markdown"))
    notebook["cells"].append(own_cell(SCRIPTS, "raw") | {"metadata": {"raw_mimetype": "text/html"}})
    return notebook
