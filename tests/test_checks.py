"""`course check`: one report, in seconds, of everything that can be wrong without building."""

import csv
import json
import re

import pytest
from conftest import MINI_PART, ROOT, course

from kratomcourse.checks.alt import in_code, in_markdown, wrong_with
from kratomcourse.checks.numbers import NAMES, NUMBER
from kratomcourse.checks.text import prose, words
from kratomcourse.checks.wording import wounding
from kratomcourse.evidence import load_table


def add_to_page(root, text):
    page = root / "book" / "index.md"
    page.write_text(page.read_text() + f"\n{text}\n")


def check(root):
    return course("check", cwd=root, check=False)


def edit_table(root, name, change):
    """Change the rows of a table in place; `change` takes and returns a list of dicts."""
    path = root / "evidence" / f"{name}.csv"
    with open(path, encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows, columns = list(reader), reader.fieldnames
    rows = change(rows)
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]) if rows else columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
def test_the_course_itself_is_clean():
    said = course("check", check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Errors: 0" in said.stdout


def test_the_report_is_there_for_machines(unbuilt_mini):
    report = json.loads(course("check", "--json", cwd=unbuilt_mini).stdout)
    assert (
        report["clean"] is True
        and report["counts"]["chapters"] == 1
        and report["counts"]["facts"] > 100
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("Help for the kratom addict.", ("lang-05", "use: person with kratom use disorder")),
        ("It is all natural.", ("lang-37",)),
        (
            "It was measured in 4,711 people.",
            ("book/index.md", "the number 4,711 comes from no fact", "{fact}`id`"),
        ),
        (
            "See [this](https://best-leaf.example/buy).",
            ("book/index.md:", "best-leaf.example", "not on the list"),
        ),
    ],
)
def test_text_that_must_not_stand_is_found_with_its_mend(unbuilt_mini, text, words):
    add_to_page(unbuilt_mini, text)
    said = check(unbuilt_mini)
    assert said.returncode == 1
    for word in words:
        assert word in said.stdout, said.stdout


def test_a_word_that_is_examined_in_quotation_marks_may_stand(unbuilt_mini):
    add_to_page(unbuilt_mini, "People write \u201ckratom addict\u201d, and it hurts.")
    assert check(unbuilt_mini).returncode == 0


def test_a_number_with_a_reviewed_exception_may_stand(unbuilt_mini):
    add_to_page(unbuilt_mini, "It was measured in 4,711 people.")
    (unbuilt_mini / "evidence" / "number_exceptions.csv").write_text(
        'file,text,reason\nbook/index.md,"4,711 people",a test\n'
    )
    assert check(unbuilt_mini).returncode == 0


def test_an_exception_that_nothing_needs_is_found(unbuilt_mini):
    (unbuilt_mini / "evidence" / "number_exceptions.csv").write_text(
        "file,text,reason\nbook/index.md,12 monkeys,a test\n"
    )
    said = check(unbuilt_mini)
    assert said.returncode == 1 and "no text holds" in said.stdout


def test_roles_code_formulas_and_links_are_no_prose():
    assert (
        words(
            "The peak was {fact}`ph109` in `x = 12` and $C_{50}$, see [here](https://a.org/12)."
        ).split()
        == "The peak was in and , see here.".split()
    )
    page = (
        "# One\n\n```{note}\nIn 3 days.\n```\n\n```python\nx = 4\n```\n\n````{dropdown} Solution "
        "5\n```python\n6\n```\nSeven 7\n````\n\n$$\n8\n$$\nNine 9"
    )
    assert [text for _, text in prose(page)] == [
        "One",
        "In 3 days.",
        "Solution 5",
        "Seven 7",
        "Nine 9",
    ]


@pytest.mark.parametrize(
    "text, found",
    [
        ("7-OH and 5-HT1A and CYP3A4 and 7-hydroxymitragynine", []),
        ("about 34% of 1,200 people in 2019", ["34%", "1,200", "2019"]),
        ("a factor of 1.39.", ["1.39"]),
    ],
)
def test_names_with_numbers_are_no_numbers(text, found):
    assert NUMBER.findall(NAMES.sub(" ", text)) == found


def test_every_pattern_of_the_wording_list_hits_its_example_and_spares_the_other():
    for row in load_table("language").to_dict("records"):
        assert wounding(row["hit"], row["pattern"], row["exceptions"]), row["id"]
        assert not wounding(row["pass"], row["pattern"], row["exceptions"]), row["id"]


def test_every_exception_of_the_wording_list_is_needed():
    for row in load_table("language").to_dict("records"):
        if row["exceptions"]:
            assert wounding(row["pass"], row["pattern"]), (
                f"{row['id']}: its example passes without the exception"
            )


@pytest.mark.parametrize(
    "text",
    [
        "SAMHSA is the Substance Abuse and Mental Health Services Administration.",
        "The National Institute on Drug Abuse and the National Institute on Alcohol Abuse "
        "and Alcoholism paid for it.",
        "An Alcoholics Anonymous meeting, an alcoholic drink.",
        "Blood levels can be high, and the risk is high.",
        "This is clean code, and the data are clean.",
        "Devices, advice, and vice versa.",
        "A person with addiction; the body gets used to it.",
        "Physical dependence is not addiction.",
    ],
)
def test_names_and_plain_words_raise_no_alarm(text):
    assert [
        row["id"]
        for row in load_table("language").to_dict("records")
        if wounding(text, row["pattern"], row["exceptions"])
    ] == []


def test_overdue_rows_are_listed_oldest_first_and_fail(unbuilt_mini):
    def older(rows):
        for row, (as_of, review_by) in zip(
            rows, (("2020-01-01", "2020-02-01"), ("2019-01-01", "2019-02-01"))
        ):
            row.update(as_of=as_of, review_by=review_by)
        return rows

    edit_table(unbuilt_mini, "facts", older)
    said = course("check", "--stale", cwd=unbuilt_mini, check=False)
    assert said.returncode == 1
    listed = [line.split()[:2] for line in said.stdout.splitlines() if re.match(r"\d{4}-", line)]
    assert [day for day, table in listed if table == "facts"][:2] == [
        "2019-02-01",
        "2020-02-01",
    ] and listed == sorted(listed)


def test_a_page_tells_that_it_rests_on_an_overdue_fact(mini):
    def older(rows):
        for row in rows:
            if row["id"] == "ph109":
                row.update(as_of="2020-01-01", review_by="2020-02-01")
        return rows

    edit_table(mini, "facts", older)
    course("book", cwd=mini)
    page = (mini / "_build" / "html" / f"{MINI_PART}.html").read_text()
    assert (
        "due for review" in page.split("Binding is not effect</h2>")[0].rsplit("<article", 1)[-1]
        or 'class="stale' in page
    )


def in_table(name, column, value):
    def damage(root):
        def change(rows):
            rows[0][column] = value
            return rows

        edit_table(root, name, change)

    return damage


def without_column(name, column):
    def damage(root):
        edit_table(
            root,
            name,
            lambda rows: [
                {key: cell for key, cell in row.items() if key != column} for row in rows
            ],
        )

    return damage


def doubled(name):
    return lambda root: edit_table(root, name, lambda rows: [rows[0], *rows])


BROKEN = {
    "wrong type": (
        in_table("us_states", "minimum_age", "twenty-one"),
        ("us_states.csv:2", "minimum_age", "integer"),
    ),
    "status outside the list": (
        in_table("us_states", "status_leaf", "sort of legal"),
        ("us_states.csv:2", "status_leaf", "enum"),
    ),
    "missing column": (without_column("us_states", "instrument"), ("us_states.csv", "instrument")),
    "same key twice": (doubled("us_states"), ("us_states.csv:3", "primary key")),
    "unknown source": (
        in_table("us_states", "source_key", "nobody2026"),
        ("us_states.csv:2", "'nobody2026' has no entry"),
    ),
}


@pytest.mark.parametrize("damage, words", BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_refused_with_file_row_and_field(unbuilt_mini, damage, words):
    damage(unbuilt_mini)
    said = check(unbuilt_mini)
    assert said.returncode == 1
    for word in words:
        assert word.lower() in said.stdout.lower(), said.stdout


def test_every_data_set_describes_itself():
    package = json.loads((ROOT / "evidence" / "datapackage.json").read_text())
    described = {resource["path"] for resource in package["resources"]}
    lists = {"number_exceptions.csv", "typed_numbers.csv", "absences.csv", "absence_exceptions.csv"}
    there = {path.name for path in (ROOT / "evidence").glob("*.csv")} - lists
    assert described >= there
    for resource in package["resources"]:
        assert resource["title"] and len(resource["description"]) > 40, resource["name"]


@pytest.mark.parametrize(
    "alt, words",
    [
        ("", "the alt text is empty"),
        ("images/chart-final.png", "is a file name"),
        ("Figure of deaths by year", "names a kind of picture and not what it shows"),
        (
            "A bar chart showing calls to poison centres in the United States",
            "names a kind of picture",
        ),
        ("Calls went up.", "is shorter than a finding"),
    ],
)
def test_a_picture_that_says_nothing_is_found_with_its_mend(unbuilt_mini, alt, words):
    add_to_page(unbuilt_mini, f"![{alt}](images/chapter.png)")
    said = check(unbuilt_mini)
    assert said.returncode == 1
    assert (
        "book/index.md:" in said.stdout
        and words in said.stdout
        and "the finding first" in said.stdout
    )


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="a.svg">',
        '<img src="a.svg" alt="a.svg">',
        "```{image} a.svg\n:width: 40%\n```",
        ":::{figure} a.svg\n:alt: Plot of the data\nWords below.\n:::",
    ],
)
def test_other_ways_to_place_a_picture_are_read_too(markup):
    assert len(list(in_markdown(markup))) == 1


@pytest.mark.parametrize(
    "alt",
    [
        "Calls rose from 26 in 2010 to 263 in 2015, a tenfold rise in five years.",
        "Tile map of the states. Leaf is banned in seven of them, among them Alabama and Indiana.",
    ],
)
def test_an_alt_text_that_states_its_finding_passes(alt):
    assert wrong_with(alt) == "" and not list(in_markdown(f"![{alt}](a.svg)"))


def test_alt_texts_in_code_are_read_as_far_as_they_stand_there():
    assert not list(
        in_code(
            'show(draw, alt=f"Of {total} calls {serious} were serious, most of them in adults.")'
        )
    )
    assert [wrong for _, wrong in in_code('show(draw, name="a")')] == ["the figure has no alt text"]
    assert "file name" in next(in_code('charts.show(draw, alt="calls.svg")'))[1]
    assert not list(in_code("show(draw, alt=made_elsewhere)")) and not list(
        in_code("%matplotlib inline\nplt.show()")
    )
