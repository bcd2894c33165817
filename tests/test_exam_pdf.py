"""Paper, key and parallel forms: what is printed is what the bank says, the key stays apart, and
two forms weigh the same.
"""

import io
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_outlets import words

from kratomcourse.errors import CourseError
from kratomcourse.exports.exam_pdf import answer, exam_and_key, exam_questions
from kratomcourse.exports.quizzes import export_exam, export_parallel_forms
from kratomcourse.quiz import load_banks
from kratomcourse.quiz.bank import shown
from kratomcourse.quiz.item_text import to_html
from kratomcourse.quiz.parallel import MARKED_BY_KEY, parallel_forms

BANKS = load_banks()
ITEMS = [item for bank in BANKS.values() for item in bank.items]


def text_of(pdf, foot=""):
    """The letters of a PDF in order, without blanks, line ends and the line at the foot of each
    page.
    """
    import pypdf

    pages = [
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    ]
    return "".join(re.sub(rf"{re.escape(words(foot))}\d+/\d+$", "", page) for page in pages)


def printed(html, text):
    """Whether all of it is on the paper; a page may end within, so each sentence of each part is
    looked for by itself.
    """
    return all(words(part) in text for part in re.split(r"<[^>]+>|(?<=\. )", html))


@pytest.mark.parametrize("name", BANKS)
@pytest.mark.parametrize("use", ["check", "graded"])
def test_every_stem_and_option_is_on_the_paper_and_the_key_is_on_the_other(name, use):
    items = BANKS[name].used_for(use)
    paper, key = (
        text_of(pdf, f"{BANKS[name].title}, order 7")
        for pdf in exam_and_key(
            BANKS[name].title, items, seed="7", size="letter" if use == "check" else "a4"
        )
    )
    for sheet in exam_questions(items, "7"):
        item = sheet.item
        assert printed(to_html(item.stem), paper), item.id
        for part in [
            *(option.text for option in getattr(item, "options", ())),
            *getattr(item, "entries", ()),
            *(text for pair in getattr(item, "pairs", ()) for text in (pair.left, pair.right)),
        ]:
            assert words(to_html(part)) in paper, item.id
        assert words(answer(sheet)) in key and item.id in key and item.id not in paper
        secrets = [option.feedback for option in getattr(item, "options", ())] + [
            row.criterion for row in getattr(item, "rubric", ())
        ]
        secrets += [getattr(item, "feedback", ""), item.explanation, getattr(item, "sample", "")]
        for secret in filter(None, secrets):
            assert words(to_html(secret)) not in paper, item.id
        if item.kind == "choice":
            assert printed(
                to_html(
                    next(option.feedback for option in item.options if option.correct), inline=True
                ),
                key,
            )
        if item.kind == "code":
            assert "".join(item.solution.split()) not in paper


def test_the_pdf_is_tagged_has_a_title_and_keeps_its_fonts():
    import pypdf

    for pdf in exam_and_key("A title", BANKS["04-risk"].used_for("graded")[:3]):
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        root = reader.trailer["/Root"]
        assert (
            root["/MarkInfo"]["/Marked"]
            and "/StructTreeRoot" in root
            and root["/Lang"] == "en"
            and reader.metadata.title.endswith("A title")
        )
        assert b"pdfuaid" in root["/Metadata"].get_data()
        for font in reader.pages[0]["/Resources"]["/Font"].values():
            assert "FontFile" in str(
                font.get_object()["/DescendantFonts"][0]
                .get_object()["/FontDescriptor"]
                .get_object()
                .keys()
            )


def test_sizes_of_paper_and_a_second_call_make_what_they_should():
    import pypdf

    items = BANKS["04-risk"].used_for("graded")[:2]
    sides = {
        size: [
            round(float(side))
            for side in pypdf.PdfReader(io.BytesIO(exam_and_key("T", items, size=size)[0]))
            .pages[0]
            .mediabox[2:]
        ]
        for size in ("a4", "letter")
    }
    assert sides == {"a4": [595, 842], "letter": [612, 792]}
    assert (
        exam_and_key("T", items, "3")
        == exam_and_key("T", items, "3")
        != exam_and_key("T", items, "4")
    )


@given(item=st.sampled_from(ITEMS), seed=st.integers())
def test_the_key_of_a_shuffled_paper_is_the_key_of_the_bank_in_the_letters_of_that_paper(
    item, seed
):
    [sheet] = exam_questions([item], seed)
    if sheet.order:
        assert sorted(sheet.order)[0][0] == "a" and sorted(
            index for _, index in sheet.order
        ) == sorted(index for _, index in shown(item))
    if item.kind in ("choice", "choices"):
        texts = {
            item.options[index].text
            for letter, index in sheet.order
            if letter in answer(sheet).split(", ")
        }
        assert texts == {option.text for option in item.options if option.correct}
    if item.kind in ("order", "match"):
        there = dict(sheet.order)
        assert [there[letter] for letter in answer(sheet).split(", ")] == list(
            range(len(sheet.order))
        )
    if item.kind == "order":
        assert answer(sheet).split(", ") != sorted(there)


def test_markup_in_a_question_stays_text():
    odd = '#eval("1") $x$ *a* _b_ `c` [d] <e> @f // g \\ "h"'
    item = next(item for item in ITEMS if item.kind == "choice")
    item = item.model_copy(
        update={
            "options": [
                item.options[0].model_copy(
                    update={
                        "text": odd.replace("`", "'").replace("*", "\\*").replace("_b_", "\\_b\\_")
                    }
                ),
                *item.options[1:],
            ]
        }
    )
    paper = text_of(exam_and_key("#T", [item])[0])
    assert (
        "#T" in paper and "".join(['#eval("1")', "$x$", "*a*", "_b_"]) in paper and "@f//g" in paper
    )


# Parallel forms


def objectives_of(*chapters):
    """Number of objectives of chapters that are given by their numbers; of all without any."""
    return sum(
        len(bank.objectives) for name, bank in BANKS.items() if name[:2] in chapters or not chapters
    )


@pytest.mark.parametrize(
    "chapters, count",
    [
        (["04", "06"], objectives_of("04", "06")),
        (["04", "06"], objectives_of("04", "06") + 2),
        (["02"], objectives_of("02") + 2),
        ([name[:2] for name in BANKS], objectives_of()),
    ],
)
@pytest.mark.parametrize("use", ["check", "graded"])
def test_two_forms_weigh_the_same_and_share_no_item(chapters, count, use):
    banks = [bank for name, bank in BANKS.items() if name[:2] in chapters]
    for seed in range(3):
        one, other = parallel_forms(banks, count, seed, use)
        assert len(one) == len(other) == count and not {item.id for item in one} & {
            item.id for item in other
        }
        assert [(item.objective, item.points) for item in one] == [
            (item.objective, item.points) for item in other
        ]
        assert Counter(item.level for item in one) == Counter(item.level for item in other)
        weights = Counter(item.objective for item in one)
        assert max(weights.values()) - min(weights.values()) <= 1 and len(weights) == sum(
            len(bank.objectives) for bank in banks
        )
        assert all(item.kind in MARKED_BY_KEY and use in item.use for item in (*one, *other))
    assert (
        parallel_forms(banks, count, 1, use)
        == parallel_forms(banks, count, 1, use)
        != parallel_forms(banks, count, 2, use)
    )


@pytest.mark.parametrize(
    "chapters, count, message",
    [
        (
            ["02"],
            3,
            f"3 items cannot cover {objectives_of('02')}"
            f" objectives. Fix: ask for --items {objectives_of('02')} or more",
        ),
        (
            ["04"],
            28,
            r"\[risk.o1\] the objective risk.o1 needs 4 pairs of graded items with equal "
            r"points, and has these: risk.people.*Fix: add an item for it",
        ),
    ],
)
def test_a_bank_that_can_not_give_two_forms_is_told_with_the_objective(chapters, count, message):
    with pytest.raises(CourseError, match=message):
        parallel_forms([bank for name, bank in BANKS.items() if name[:2] in chapters], count, 1)


def test_objectives_that_run_out_of_items_are_named_with_the_count_that_works():
    bank = BANKS["05-legality"]
    two_each = []
    for objective in bank.objectives:
        items = [
            item
            for item in bank.used_for("graded")
            if item.objective == objective.id and item.kind in MARKED_BY_KEY
        ]
        two_each += [item.model_copy(update={"points": 1}) for item in items[:2]]
    small, count = bank.model_copy(update={"items": two_each}), len(bank.objectives)
    with pytest.raises(
        CourseError, match=rf"law.o1, and others, have no items left .*--items {count} or fewer"
    ):
        parallel_forms([small], count + 1, 1)


def test_levels_that_nothing_evens_out_are_told_with_the_objective():
    bank = BANKS["02-pharmacology"]
    first, *rest = bank.objectives
    pair = [
        item
        for item in bank.used_for("graded")
        if item.objective == first.id and item.kind == "choice"
    ][:2]
    pair = [
        item.model_copy(update={"level": level, "points": 1})
        for item, level in zip(pair, ("apply", "analyse"))
    ]
    with pytest.raises(
        CourseError,
        match=rf"the objective {first.id} lacks graded items of one level .*\(apply, 1\).*Fix: add "
        r"an item of the level",
    ):
        parallel_forms([bank.model_copy(update={"objectives": [first], "items": pair})], 1, 1)


def test_parallel_forms_come_as_paper_key_and_file_for_a_system(tmp_path):
    paths, (one, other) = export_parallel_forms(
        ["04", "06"],
        objectives_of("04", "06"),
        "autumn",
        "graded",
        tmp_path,
        also=["moodle", "qti21"],
    )
    assert sorted(path.name for path in paths) == sorted(
        f"04-06-form-{letter}-{rest}"
        for letter in "AB"
        for rest in ("exam.pdf", "key.pdf", "moodle.xml", "qti21.zip")
    )
    texts = {path.name: text_of(path.read_bytes()) for path in paths if path.suffix == ".pdf"}
    for letter, items, others in (("A", one, other), ("B", other, one)):
        assert all(item.id in texts[f"04-06-form-{letter}-key.pdf"] for item in items)
        assert not any(item.id in texts[f"04-06-form-{letter}-key.pdf"] for item in others)
        moodle = (tmp_path / f"04-06-form-{letter}-moodle.xml").read_text()
        assert all(item.id in moodle for item in items) and not any(
            item.id in moodle for item in others
        )


@pytest.mark.parametrize(
    "given, message",
    [
        (
            {"only": ["risk.calls.headline"]},
            "there.s no graded item 'risk.calls.headline' in 04-risk. Fix: did you mean "
            "'risk.calls.headline-tenfold'",
        ),
        ({"size": "a5"}, "'a5' isn.t a page size"),
        ({"use": "both"}, "items have no use 'both'. Fix: --use graded or --use check"),
        ({"chapters": ["4"]}, "there.s no question bank and no assignment '4'"),
    ],
)
def test_a_paper_that_can_not_be_made_is_told_and_nothing_is_written(tmp_path, given, message):
    with pytest.raises(CourseError, match=message):
        export_exam(**{"chapters": ["04"], "use": "graded", "folder": tmp_path, **given})
    assert not list(tmp_path.iterdir())


def test_chosen_items_alone_are_printed(tmp_path):
    (paper, key), count = export_exam(
        ["04"], "graded", tmp_path, "x y", "letter", ["risk.people.why-tenfold"]
    )
    assert count == 1 and paper.name == "04-risk-graded-order-x-y-exam.pdf"
    assert "1questions" in text_of(paper.read_bytes()) or "1question," in text_of(
        paper.read_bytes()
    )
