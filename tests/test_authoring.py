"""Comfort for authors: a new item that holds once it is written, and a preview that follows the
file and tells what is wrong.
"""

import json
import re
import shutil
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from kratomcourse.authoring.new_item import BODIES, bank_path, insert_item, new_item
from kratomcourse.authoring.preview import preview_page, preview_server
from kratomcourse.cli import main
from kratomcourse.errors import CourseError
from kratomcourse.quiz.bank import load_bank

SAMPLE = Path(__file__).parent / "data" / "bank" / "99-sample.yml"


@pytest.fixture
def banks(tmp_path):
    shutil.copy(SAMPLE, tmp_path)
    return tmp_path


def read_anew(path):
    return load_bank.__wrapped__(path)


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("use", ["check", "graded"])
def test_a_new_item_is_refused_as_it_is_and_holds_once_it_is_written(banks, kind, use):
    path, name, text = new_item("99-sample", kind, use=use, folder=banks)
    insert_item(path, name, text)
    with pytest.raises(CourseError, match=rf"\[{name}\] .*left of the template"):
        read_anew(path)
    words = iter(range(1000))
    path.write_text(
        re.sub(
            r"todo-[a-z-]+",
            lambda _: "some-error",
            re.sub(
                r"(?<!# )TODO[^\n}]*",
                lambda _: f"Something that is written out under number {next(words)} and taught",
                path.read_text(),
            ),
        )
    )
    item = read_anew(path).item(name)
    assert item.kind == kind and item.use == [use] and name == f"sample.{kind}-1"


def test_the_rest_of_the_bank_stays_as_it_was(banks):
    path, name, text = new_item("99-sample", "choice", folder=banks)
    insert_item(path, name, text)
    assert path.read_text().startswith(SAMPLE.read_text().rstrip("\n")) and not list(
        banks.glob("*.tmp")
    )


def test_the_next_free_id_is_taken(banks):
    for number in (1, 2, 3):
        path, name, text = new_item("99-sample", "choice", folder=banks)
        insert_item(path, name, text)
        assert name == f"sample.choice-{number}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"item_id": "sample.one"},
            r"99-sample.yml: \[sample.one\] an item has this id already.*ids are kept forever",
        ),
        ({"item_id": "Sample One"}, "'Sample One' can.t be an id.*sample.binding.poster"),
        ({"kind": "choise"}, "kind 'choise' is unknown.*did you mean 'choice"),
        ({"use": "exam"}, "use 'exam' is unknown.*check, graded"),
        ({"objective": "sample.o2"}, "'sample.o2' isn.t in the header.*did you mean 'sample.o1'"),
        ({"chapter": "99-sampel"}, "no such bank.*did you mean '99-sample'"),
    ],
)
def test_an_impossible_item_is_refused_with_the_fix(banks, arguments, message):
    with pytest.raises(CourseError, match=message):
        new_item(**({"chapter": "99-sample", "kind": "choice", "folder": banks} | arguments))


def test_a_new_item_lands_beside_its_objective_and_use(banks):
    path = banks / "99-sample.yml"
    data = yaml.safe_load(path.read_text())
    data["objectives"].append({"id": "sample.o9", "text": "Do something else.", "section": "Two"})
    data["items"].append(
        data["items"][0] | {"id": "sample.later", "objective": "sample.o9", "use": ["check"]}
    )
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    first = data["items"][0]["objective"]
    for use in ("check", "graded"):
        _, name, text = new_item("99-sample", "choice", objective=first, use=use, folder=banks)
        insert_item(path, name, text)
        items = yaml.safe_load(path.read_text())["items"]
        at = next(number for number, item in enumerate(items) if item["id"] == name)
        assert items[at - 1]["objective"] == first and items[-1]["id"] == "sample.later"
        uses = [item["use"] for item in data["items"] if item["objective"] == first]
        assert items[at - 1]["use"] == [use] or [use] not in uses
        assert [item for item in items if item["id"] != name] == data["items"]
        data["items"] = items


def test_a_bank_that_goes_on_after_its_items_is_left_alone(banks):
    path = banks / "99-sample.yml"
    path.write_text(path.read_text() + "title_again: x\n")
    before = path.read_text()
    found, name, text = new_item("99-sample", "choice", folder=banks)
    with pytest.raises(CourseError, match="--print"):
        insert_item(found, name, text)
    assert path.read_text() == before


def test_the_command_prints_an_item_and_touches_nothing(monkeypatch, capsys):
    monkeypatch.setattr(
        "sys.argv",
        ["course", "quiz", "new", "02-pharmacology", "match", "--print", "--id", "pharm.try.match"],
    )
    with pytest.raises(SystemExit):
        main()
    [item] = yaml.safe_load(capsys.readouterr().out)
    assert item["id"] == "pharm.try.match" and item["kind"] == "match" and len(item["pairs"]) == 3


# The preview


def test_the_preview_shows_every_item_with_what_the_linter_says(banks):
    path = banks / "99-sample.yml"
    page = preview_page(path)
    assert all(f'data-item="{item.id}"' in page for item in read_anew(path).items)
    path.write_text(path.read_text().replace("That the drug is safe", "All of the above"))
    assert "catch-all" in preview_page(path) and "name what is meant" in preview_page(path)


def test_a_mistake_stands_in_the_preview_with_file_item_and_mend(banks):
    path = banks / "99-sample.yml"
    path.write_text(
        path.read_text().replace(
            "correct: true, feedback: Ki is a concentration",
            "feedback: <b>Ki</b> is a concentration",
        )
    )
    page = preview_page(path)
    assert (
        "1 to fix" in page
        and "sample.one" in page
        and "mark the one key" in page
        and re.search(r"99-sample\.yml, line \d+", page)
    )
    path.write_bytes(b"\xff\xfe\x00")
    assert "save it as UTF-8" in preview_page(path)
    path.write_text("chapter: [")
    assert "is not YAML" in preview_page(path) and 'role="alert"' in preview_page(path)


@pytest.fixture
def running(banks):
    server = preview_server(banks / "99-sample.yml", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", banks / "99-sample.yml"
    server.shutdown()
    server.server_close()


def test_the_preview_is_for_this_machine_alone(running):
    address, _ = running
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(address, headers={"Host": "evil.example:80"}))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/../pyproject.toml")


@pytest.mark.browser
def test_the_preview_follows_when_the_bank_is_saved(running, browser):
    address, path = running
    page = browser.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    assert page.locator("form.quiz-item").count() == 8
    before = path.read_text()
    path.write_text(before.replace("What does a low Ki tell you?", "What might a low Ki tell you?"))
    page.get_by_text("What might a low Ki tell you?").wait_for(timeout=15_000)
    path.write_text(before.replace("level: understand", "level: comprehend", 1))
    page.get_by_text("1 to fix").wait_for(timeout=15_000)
    path.write_text(before)
    page.get_by_text("What does a low Ki tell you?").wait_for(timeout=15_000)
    assert not complaints
    page.close()


def test_a_taken_port_is_told_with_another(running, monkeypatch, capsys):
    port = running[0].rpartition(":")[2]
    monkeypatch.setattr(
        "sys.argv", ["course", "quiz", "preview", "02-pharmacology", "--port", port]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1 and f"--port {int(port) + 1}" in capsys.readouterr().err


def test_an_unknown_chapter_is_told_with_the_nearest():
    with pytest.raises(CourseError, match="did you mean '02-pharmacology'"):
        bank_path("02-pharmacolgy")


def test_the_schema_for_editors_knows_every_kind(tmp_path):
    from kratomcourse.quiz.schema import write_schema

    text = json.dumps(json.loads(write_schema(tmp_path / "s.json").read_text()))
    assert all(f'"{kind}"' in text for kind in BODIES)
