"""One style sheet for the site, cut to what its pages and scripts can show.

A rule stays when each class, id and element that it names stands in some page or as a word in some
script; states (:hover, .show) and conditions (dark mode, print, widths) come along with it. What a
script sets is found because its name stands in the script.
"""

import re
from typing import Any

import rcssmin
import tinycss2

NESTED = {"media", "supports", "layer", "container"}
NAME = r"(?:[\w-]|\\.|[^\x00-\x7f])+"


class Vocabulary:
    """Names of elements, classes and ids that can come about in the site."""

    def __init__(self, pages: Any, scripts: Any) -> None:
        """pages : HTML of all pages; scripts : texts of all scripts that are kept"""
        self.tags = {"html", "body", "*"}
        self.classes: set[str] = set()
        self.ids: set[str] = set()
        for html in pages:
            self.tags |= {tag.lower() for tag in re.findall(r"<([a-zA-Z][\w-]*)", html)}
            for kind, values in (("class", self.classes), ("id", self.ids)):
                for value in re.findall(rf"""\s{kind}=(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", html):
                    values.update("".join(value).split())
        words = {word for script in scripts for word in re.findall(r"[A-Za-z_][\w-]*", script)}
        for values in (self.tags, self.classes, self.ids):
            values |= words

    def __str__(self) -> str:
        return " ".join(
            word
            for values in (self.tags, self.classes, self.ids)
            for word in ["|", *sorted(values)]
        )

    def can_match(self, selector: str) -> Any:
        """Whether all that a selector names can be there. Alternatives in :is() and the like are
        taken for granted.
        """
        plain = re.sub(r'"[^"]*"|\'[^\']*\'', '""', selector)
        # An escaped colon belongs to a name.
        while (bare := re.sub(r"(?<!\\)::?[\w-]+\([^()]*\)", "", plain)) != plain:
            plain = bare
        plain = re.sub(r"(?<!\\)::?[\w-]+", "", re.sub(r"\[[^\]]*\]", "", plain))
        classes, ids = re.findall(rf"\.({NAME})", plain), re.findall(rf"#({NAME})", plain)
        tags = re.findall(r"(?:^|[\s>+~(])([a-zA-Z][\w-]*)", plain)
        return (
            all(unescaped(name) in self.classes for name in classes)
            and all(unescaped(name) in self.ids for name in ids)
            and all(tag.lower() in self.tags for tag in tags)
        )


def unescaped(name: str) -> str:
    """A name of a style sheet without its backslashes."""
    return re.sub(r"\\(.)", r"\1", name)


def cut(css: str, vocabulary: Any) -> Any:
    """A style sheet without the rules that nothing can meet, without comments, and without
    variables that nothing reads.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True)  # also those within rules
    text = drop_animations(keep(rules, vocabulary))
    while (less := drop_variables(text)) != text:
        text = less
    return rcssmin.cssmin(text)


def keep(rules: Any, vocabulary: Any) -> str:
    """CSS text of those rules whose selectors can match a page."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [
                part
                for part in split(tinycss2.serialize(rule.prelude))
                if vocabulary.can_match(part)
            ]
            body = tinycss2.serialize(rule.content).strip()
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{body}}}")
        elif rule.type == "at-rule":
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
            if rule.content is None:
                kept.append(f"{head};")
            elif rule.lower_at_keyword in NESTED:
                inside = keep(tinycss2.parse_rule_list(rule.content), vocabulary)
                if inside:
                    kept.append(f"{head}{{{inside}}}")
            else:
                kept.append(f"{head}{{{tinycss2.serialize(rule.content)}}}")
    return "".join(kept)


def split(selectors: str) -> list[Any]:
    """A selector list cut at its commas, but not at those within brackets or quotes."""
    return [
        part.strip()
        for part in re.findall(
            r"""(?:[^,()\[\]"']|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\[[^\]]*\]|"[^"]*"|'[^']*')+""",
            selectors,
        )
    ]


def drop_animations(css: str) -> str:
    """The style sheet without keyframes that nothing uses."""
    names = set(re.findall(r"animation(?:-name)?:([^;}]*)", css))
    used = {word for value in names for word in re.findall(NAME, value)}
    return re.sub(
        rf"@(?:-webkit-)?keyframes\s+({NAME})\s*\{{(?:[^{{}}]*\{{[^{{}}]*\}})*[^{{}}]*\}}",
        lambda match: match[0] if match[1] in used else "",
        css,
    )


def drop_variables(css: str) -> str:
    """Without the custom properties that no rule reads, and without the rules that this leaves
    empty.
    """
    read = set(re.findall(r"var\(\s*(--[\w-]+)", css))
    css = re.sub(
        r"(?<=[{;])\s*(--[\w-]+)\s*:((?:[^;{}\"']|\"[^\"]*\"|'[^']*')*)(;|(?=\}))",
        lambda match: match[0] if match[1] in read else "",
        css,
    )
    return re.sub(r"(?:^|(?<=[{};]))[^{};@]*\{\s*;*\s*\}", "", css)
