"""Light and dark where no script runs: as the device is set.

The mode of a page is an attribute that a script sets before anything is drawn. Without a script it
stays `auto`, so each rule for a mode gets a copy for `auto` that asks the device.
"""

import re

import tinycss2

from .css_treeshake import split

MODES = {
    "dark": "screen and (prefers-color-scheme:dark)",
    "light": "print,not all and (prefers-color-scheme:dark)",
}
MODE = re.compile(r"""\[data-theme=["']?(dark|light)["']?\]""")


def for_no_script(css: str) -> str:
    """Return a style sheet with a copy, right behind it, of each rule for light or dark."""
    return copied(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def copied(rules: list[tinycss2.ast.Node]) -> str:
    made: list[str] = []
    waiting: dict[str, list[str]] = {}  # copies of rules that follow each other share one question

    def write_waiting() -> None:
        made.extend(f"@media {MODES[mode]}{{{''.join(rows)}}}" for mode, rows in waiting.items())
        waiting.clear()

    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = split(tinycss2.serialize(rule.prelude))
            body = tinycss2.serialize(rule.content)
            asked = {mode for one in selectors for mode in MODE.findall(one)}
            if not asked or set(waiting) - asked:
                write_waiting()
            made.append(f"{','.join(selectors)}{{{body}}}")
            for mode in sorted(asked):
                own = [
                    MODE.sub("[data-theme=auto]", one)
                    for one in selectors
                    if MODE.findall(one) == [mode]
                ]
                waiting.setdefault(mode, []).append(f"{','.join(own)}{{{body}}}")
            continue
        write_waiting()
        if rule.type == "at-rule" and rule.content is not None:
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
            nested = rule.lower_at_keyword in ("media", "supports", "layer")
            inside = (
                copied(
                    tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                )
                if nested
                else tinycss2.serialize(rule.content)
            )
            made.append(f"{head}{{{inside}}}")
        else:
            made.append(rule.serialize())
    write_waiting()
    return "".join(made)
