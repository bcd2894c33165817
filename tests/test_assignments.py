"""Assignments as data: what they choose, what they refuse, and what becomes of them in nbgrader."""

import re
import shutil
from itertools import combinations
from types import SimpleNamespace

import pytest
from classroom import (
    ROOT,
    SECRET,
    answered,
    generate,
    hand_in,
    handed_out,
    scores,
)
from students import right, wrong

from kratomcourse.authoring.new_assignment import NewAssignment, write_assignment
from kratomcourse.authoring.preview_assignment import preview_lines
from kratomcourse.errors import CourseError
from kratomcourse.grading.assignment_source.check import check_assignment
from kratomcourse.grading.assignment_source.handed_out import bank_of
from kratomcourse.grading.assignment_source.source_notebooks import build_assignments
from kratomcourse.grading.autograde.instructor_version import CourseLayout
from kratomcourse.grading.autograde.runner import grade_assignment
from kratomcourse.grading.feedback.read_again import ReadAgain
from kratomcourse.quiz import load_banks
from kratomcourse.quiz.assignments import (
    assignment_names,
    due_moment,
    find_assignment,
    minutes_for,
)
from kratomcourse.quiz.order import SECRET_FILE, course_secret, order_key, reordered_bank

QUIZZES = ROOT / "quizzes"
READY = assignment_names(QUIZZES)
OWN = """\
chapter: 90-our-county
title: Our county
objectives:
  - id: county.o1
    text: Say where our county gives out naloxone.
    section: Where is naloxone?
items:
  - id: county.naloxone.where
    objective: county.o1
    level: remember
    use: [graded]
    kind: choice
    stem: Where does our invented county give out naloxone without asking for a name?
    options:
      - text: At the invented library.
        correct: true
        feedback: The invented library has a box at its door.
      - text: At the invented town hall.
        feedback: The invented town hall has a form to fill in first.
        misconception: ask-the-office
"""


@pytest.fixture
def course(tmp_path):
    """An instructor's folder with assignments and a bank of its own, and nothing made yet."""
    root = tmp_path / "quizzes"
    (root / "assignments").mkdir(parents=True)
    (root / "own-bank").mkdir()
    (root / "own-bank" / "90-our-county.yml").write_text(OWN)
    shutil.copy(QUIZZES / "nbgrader_config.py", root)
    (root / SECRET_FILE).write_text(SECRET)
    return root


def write(course, text, name="mine"):
    """Write an assignment's file; returns its path."""
    path = course / "assignments" / f"{name}.yml"
    path.write_text(text)
    return path


def resolved(course, items, name="mine", **fields):
    """Return an assignment with these lines of items."""
    head = "".join(f"{key}: {value}\n" for key, value in fields.items())
    write(course, f"title: Mine\n{head}items:\n" + "".join(f"  - {line}\n" for line in items), name)
    return find_assignment(course, name)


# The ready ones


def test_each_chapter_has_a_long_and_a_short_quiz():
    banks = load_banks()
    for chapter, bank in banks.items():
        long = find_assignment(QUIZZES, chapter)
        short = find_assignment(QUIZZES, f"{chapter}-short")
        assert [item.id for item in long.items] == [item.id for item in bank.used_for("graded")]
        assert 10 <= len(short.items) <= 12 and short.minutes == 20
        assert minutes_for(short.items) <= 25
        assert {item.objective for item in short.items} == {one.id for one in bank.objectives}
    assert set(READY) >= {"final", "pre-test", "post-test"}


def test_pre_test_post_test_final_and_short_quizzes_share_no_question():
    asked = {
        name: {item.id for item in find_assignment(QUIZZES, name).items}
        for name in READY
        if name not in load_banks()
    }
    assert len(asked) == 11
    for one, other in combinations(asked, 2):
        assert not asked[one] & asked[other], (one, other)


def test_pre_and_post_test_are_parallel():
    pre, post = (find_assignment(QUIZZES, name).items for name in ("pre-test", "post-test"))
    for one, other in zip(pre, post, strict=True):
        assert (one.objective, one.level, one.points) == (
            other.objective,
            other.level,
            other.points,
        )


def test_the_final_asks_about_every_chapter():
    asked = {item.objective.partition(".")[0] for item in find_assignment(QUIZZES, "final").items}
    assert asked == {bank.objectives[0].id.partition(".")[0] for bank in load_banks().values()}


# What an assignment chooses


def test_a_line_chooses_by_objective_level_kind_and_number(course):
    made = resolved(
        course, ["{objective: pharm.o1, level: [apply, analyse], kind: choice, number: 2}"]
    )
    assert len(made.items) == 2
    for item in made.items:
        assert item.objective == "pharm.o1" and item.kind == "choice" and item.is_graded
        assert item.level in ("apply", "analyse")


def test_chapters_and_an_own_bank_can_be_mixed_in_the_order_of_the_file(course):
    made = resolved(
        course,
        [
            "{chapter: 04-risk, number: 2}",
            "{id: county.naloxone.where, points: 3}",
            "{chapter: 02, number: 1}",
        ],
    )
    objectives = [item.objective.partition(".")[0] for item in made.items]
    assert objectives == ["risk", "risk", "county", "pharm"]
    assert made.items[2].points == 3 and "county.o1" in [one.id for one in made.objectives]


def test_a_seed_chooses_and_one_more_item_in_the_bank_moves_one_at_most(course, tmp_path):
    lines = ["{chapter: 02-pharmacology, number: 8}"]
    first = [item.id for item in resolved(course, lines).items]
    assert first == [item.id for item in resolved(course, lines).items]
    assert first != [item.id for item in resolved(course, lines, seed="two").items]
    fewer = tmp_path / "bank"
    fewer.mkdir()
    text = (QUIZZES / "bank" / "02-pharmacology.yml").read_text()
    gone = first[3]
    start = text.index(f"  - id: {gone}\n")
    end = text.find("\n  - id: ", start)
    (fewer / "02-pharmacology.yml").write_text(text[:start] + text[end + 1 :])
    resolved(course, lines)
    second = [item.id for item in find_assignment(course, "mine", fewer).items]
    assert len(set(first) & set(second)) == 7 and len(second) == 8


def test_shuffled_has_the_same_questions_in_another_order(course):
    lines = ["{chapter: 02-pharmacology, number: 8}"]
    listed = [item.id for item in resolved(course, lines).items]
    shuffled = [item.id for item in resolved(course, lines, order="shuffled").items]
    assert sorted(listed) == sorted(shuffled) and listed != shuffled


def test_points_of_a_text_scale_its_rubric(course):
    text = next(item for item in load_banks()["04-risk"].used_for("graded") if item.kind == "text")
    [item] = resolved(course, [f"{{id: {text.id}, points: {text.points * 2}}}"]).items
    assert item.points == text.points * 2
    assert sum(row.points for row in item.rubric) == item.points


def test_a_due_date_is_a_moment_in_utc():
    assert str(due_moment("2027-02-01 23:59 Europe/Berlin")) == "2027-02-01 22:59:00"
    assert str(due_moment("2027-02-01 23:59:00 UTC")) == "2027-02-01 23:59:00"


# What is refused


GRADED = "id: pharm.time.sampling-for-a-day"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("items: [\n", r"assignments/mine.yml:\d+: is not YAML"),
        ("- a\n", r"mine.yml:1: is not an assignment"),
        (
            f"title: A quiz\nitems:\n  - {GRADED}\n    point: 2\n",
            r"mine.yml:3.*did you mean 'points'",
        ),
        (
            f"title: A quiz\nitems:\n  - {GRADED}\n    points: 2\n    points: 3\n",
            r"mine.yml:5: the field 'points' is given twice",
        ),
        (
            f"title: A quiz\nitems:\n  - {GRADED}\n  - {GRADED}\n",
            r"mine.yml:4: \[pharm.time.sampling-for-a-day\] this item is listed twice, so "
            r"its points",
        ),
        (
            "title: A quiz\nitems:\n  - id: pharm.time.sampling-for-day\n",
            r"mine.yml:3: \[pharm.time.sampling-for-day\] no bank has this item."
            r" Fix: did you mean 'pharm.time.sampling-for-a-day'",
        ),
        (
            "title: A quiz\nitems:\n  - id: pharm.binding.two-made-up-drugs\n",
            r"mine.yml:3: .*shown in the book with its answer.*Fix: take a graded item of",
        ),
        (
            f"title: A quiz\nbanks: [../private]\nitems:\n  - {GRADED}\n  - id: secret.one.two\n",
            r"mine.yml: the private bank '../private' is not there. Fix: put it back at /(.|\n)*"
            r"mine.yml:5: \[secret.one.two\] no bank has this item",
        ),
        (
            "title: A quiz\nitems:\n  - objective: pharm.o99\n",
            r"mine.yml:3: there is no objective 'pharm.o99'",
        ),
        (
            "title: A quiz\nitems:\n  - chapter: 02-farmacology\n",
            r"mine.yml:3: .*did you mean '02-pharmacology'",
        ),
        (
            "title: A quiz\nitems:\n  - {objective: pharm.o1, number: 40}\n",
            r"mine.yml:3: the bank has \d+ graded items left.* 40 are wanted. Fix: write "
            r"number: \d+",
        ),
        ("title: A quiz\nitems:\n  - {level: apply}\n", r"does not say where to choose"),
        (
            f"title: A quiz\nitems:\n  - {{{GRADED}, number: 2}}\n",
            r"neither an item nor a choice, or both",
        ),
        (
            f"title: A quiz\ndue: 2027-02-01 23:59\nitems:\n  - {GRADED}\n",
            r"has no time zone. Fix: add one",
        ),
        (
            f"title: A quiz\ndue: 2027-02-31 23:59 UTC\nitems:\n  - {GRADED}\n",
            r"is not a date that exists",
        ),
        (
            f"title: A quiz\ndue: 2027-02-01 23:59 Europe/Berln\nitems:\n  - {GRADED}\n",
            r"did you mean 'Europe/Berlin'",
        ),
        (
            "title: A quiz\nitems:\n  - id: law.stale.code-due\n  - id: harm.help.code-due\n",
            r"answered under the name 'due'. Fix: rename one item or function, or leave one",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_item_and_fix(course, text, message):
    write(course, text)
    report = check_assignment(course, "mine")
    assert report.problems
    with pytest.raises(CourseError, match=message):
        raise CourseError(report.problems)
    with pytest.raises(CourseError):
        build_assignments(course)
    assert not (course / "source").exists()


def test_an_own_item_cannot_have_the_id_of_another_bank(course):
    taken = OWN.replace("county.naloxone.where", "pharm.time.sampling-for-a-day")
    (course / "own-bank" / "90-our-county.yml").write_text(taken)
    with pytest.raises(CourseError, match="two banks have an item of this id"):
        resolved(course, [f"{GRADED}"])


def test_an_unknown_assignment_is_answered_with_the_nearest_name():
    with pytest.raises(CourseError, match="did you mean '04-risk-short'"):
        find_assignment(QUIZZES, "04-risk-shrt")


# Made in nbgrader, answered and graded


def release(course, name="mine"):
    """Make an assignment, and the students' version; returns what the helpers of a classroom
    need.
    """
    build_assignments(course, [name])
    generate(course, name, "--force")
    bank = bank_of(course, name)
    ours = reordered_bank(bank, order_key(course_secret(course), name))
    return SimpleNamespace(
        root=course, bank=ours, quiz=name, items=ours.items, layout=CourseLayout(course)
    )


@pytest.fixture
def answered_course(course):
    """An assignment of five questions that ada has answered rightly and ben wrongly."""
    text = next(item for item in load_banks()["04-risk"].used_for("graded") if item.kind == "text")
    own = next(item for item in load_banks()["04-risk"].items if getattr(item, "template", None))
    resolved(
        course,
        [
            "{id: county.naloxone.where, points: 5}",
            "{chapter: 02-pharmacology, kind: choices, number: 1, points: 4}",
            "{chapter: 06-harm-reduction, kind: order, number: 1}",
            f"{{id: {own.id}, points: 7}}",
            f"{{id: {text.id}, points: 8}}",
        ],
        minutes=15,
        due="2027-02-01 23:59 UTC",
        instructions="Work alone.",
    )
    room = release(course)
    for student, answer in (("ada", right), ("ben", wrong)):
        given = {
            item.id: answer(item) for item in room.items if getattr(item, "template", None) is None
        }
        notebook = answered(room, given)
        if answer is right:
            from kratomcourse.grading.assignment_source.variant_key import variant_key
            from kratomcourse.quiz.bank import key_of
            from kratomcourse.quiz.variants import variant

            mine = variant(room.items[3], student, variant_key(course, "mine"))
            notebook = answered(room, given | {mine.id: key_of(mine)})
            for cell in notebook["cells"]:
                if "answer_student = None" in cell["source"]:
                    cell["source"] = f"answer_student = {student!r}"
        hand_in(room, student, notebook)
    return room


def test_an_assignment_across_chapters_is_graded_with_its_own_points(answered_course):
    room = answered_course
    first = handed_out(room)["cells"][0]["source"]
    assert "5 questions" in first and "about 15 minutes" in first and "Work alone." in first
    assert "Due: 2027-02-01 23:59 UTC" in first
    report = grade_assignment(room.layout, "mine", isolation="none")
    assert [row.state for row in report.rows] == ["graded", "graded"], report.rows
    auto = {name: score for name, (score, _, _) in scores(room, "ada").items() if score}
    assert auto["county-naloxone-where"] == 5
    most = sum(item.points for item in room.items if item.kind != "text")
    assert sum(auto.values()) == most and report.most == most + 8
    assert not any(score for score, _, _ in scores(room, "ben").values())


def test_a_change_that_harms_students_work_is_refused_with_its_consequences(answered_course):
    room = answered_course
    path = room.root / "assignments" / "mine.yml"
    source = room.root / "source" / "mine" / "mine.ipynb"
    before, text = source.read_bytes(), path.read_text()
    removed = next(line for line in text.splitlines(keepends=True) if "county" in line)
    path.write_text(text.replace(removed, "").replace("points: 4", "points: 6"))
    with pytest.raises(CourseError) as caught:
        build_assignments(room.root)
    said = str(caught.value)
    assert "mine.yml" in said and "2 students submitted it" in said
    assert "county-naloxone-where would be lost" in said
    assert "worth 6 instead of 4" in said and "Fix: put the change into a new assignment" in said
    assert source.read_bytes() == before
    assert "will refuse" in "".join(check_assignment(room.root, "mine").lines)
    [kept] = build_assignments(room.root, keep=True)
    assert kept.kept and source.read_bytes() == before
    [forced] = build_assignments(room.root, force=True)
    assert forced.written and source.read_bytes() != before


def test_added_and_moved_questions_are_refused_too_and_a_corrected_key_is_not(answered_course):
    room = answered_course
    path = room.root / "assignments" / "mine.yml"
    text = path.read_text()
    path.write_text(f"{text}  - {GRADED}\n")
    with pytest.raises(CourseError, match="0 in pharm.time.sampling-for-a-day, which they never"):
        build_assignments(room.root)
    head, *lines = text.split("\n  - ")
    path.write_text("\n  - ".join([head, *(line.strip() for line in reversed(lines))]) + "\n")
    with pytest.raises(CourseError, match="would have other numbers"):
        build_assignments(room.root)
    path.write_text(text)
    own = room.root / "own-bank" / "91-our-county.yml"
    old = room.root / "own-bank" / "90-our-county.yml"
    flipped = OWN.replace("        correct: true\n", "        misconception: library\n").replace(
        "        misconception: ask-the-office", "        correct: true"
    )
    own.write_text(flipped.replace("90-our", "91-our"))
    old.unlink()
    [built] = build_assignments(room.root)
    assert built.written and not built.kept


def test_feedback_on_an_assignment_names_the_part_of_the_questions_own_chapter(course):
    made = resolved(course, ["{chapter: 04-risk, number: 1}", "{id: county.naloxone.where}"])
    risk, county = made.items
    assert re.match("part 4[.][0-9]+, ", ReadAgain().html(made, risk))
    assert "in Our county" in ReadAgain().html(made, county)


# Commands that write and show


def test_new_writes_a_file_that_checks_and_covers_the_objectives(course):
    path = write_assignment(course, NewAssignment("quiz-1", ["04-risk", "06"], 12))
    made = find_assignment(course, "quiz-1")
    assert path.parent == course / "assignments" and len(made.items) == 12
    assert len({item.objective for item in made.items}) == 12
    assert not check_assignment(course, "quiz-1").problems
    other = NewAssignment("quiz-2", ["04-risk", "06"], 12, without=["quiz-1"])
    write_assignment(course, other)
    shared = {item.id for item in made.items} & {
        item.id for item in find_assignment(course, "quiz-2").items
    }
    assert not shared
    with pytest.raises(CourseError, match="there is such an assignment already"):
        write_assignment(course, other)
    with pytest.raises(CourseError, match=r"\d+ questions can be chosen, and 400 are wanted"):
        write_assignment(course, NewAssignment("quiz-3", ["04-risk"], 400))


def test_new_takes_a_due_date_and_questions_that_a_person_reads(course):
    due = "2027-02-01 23:59 Europe/Berlin"
    write_assignment(course, NewAssignment("quiz-1", ["04-risk"], 5, texts=1, due=due))
    made = find_assignment(course, "quiz-1")
    assert made.due == due and [item.kind for item in made.items].count("text") == 1
    with pytest.raises(CourseError, match="--due: .*has no time zone"):
        write_assignment(course, NewAssignment("quiz-2", ["04-risk"], 5, due="2027-02-01 23:59"))
    assert not (course / "assignments" / "quiz-2.yml").exists()


def test_preview_shows_keys_only_where_they_are_wanted():
    made = find_assignment(QUIZZES, "04-risk-short")
    text = "\n".join(preview_lines(made))
    assert all(item.id in text for item in made.items) and text.count("Answer:") == len(made.items)
    assert "Answer:" not in "\n".join(preview_lines(made, keys=False))
