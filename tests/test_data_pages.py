"""The pages that open the books: each claim, data set and work has its place, and what they say of
it is counted.
"""

import pytest

from kratomcourse.evidence import load_course, load_facts, load_references, load_table
from kratomcourse.evidence.tables import datapackage
from kratomcourse.site.sphinx import data_pages


def test_every_claim_has_a_sign_for_its_verdict_and_a_paragraph_to_stand_in():
    claims = load_table("claims")
    assert set(claims["verdict"]) <= set(data_pages.VERDICTS)
    assert set(claims["paragraph"]) <= set(data_pages.PARAGRAPHS)
    assert list(claims["claim_id"]) == [f"C{number:02}" for number in range(1, len(claims) + 1)]


def test_a_device_and_its_family_are_given_together():
    claims = load_table("claims")
    assert ((claims["rhetorical_device"] != "") == (claims["device_family"] != "")).all()


def test_what_the_article_leaves_out_points_to_facts_that_exist():
    assert {name for name in load_table("omissions")["fact_id"] if name} <= set(load_facts())


def test_each_data_set_belongs_to_an_area_of_the_catalogue_and_each_area_has_one():
    areas = {resource["name"]: resource.get("area") for resource in datapackage()["resources"]}
    assert {name for name, area in areas.items() if area not in load_course().areas} == set()
    assert set(areas.values()) == set(load_course().areas)


def test_the_topics_of_the_course_are_those_that_facts_may_have():
    facts = next(r for r in datapackage()["resources"] if r["name"] == "facts")
    topic = next(f for f in facts["schema"]["fields"] if f["name"] == "topic")
    assert topic["constraints"]["enum"] == list(load_course().topics)


@pytest.mark.parametrize(
    "facts, read, told",
    [
        (1, 1, "1 fact rests on it, read in it"),
        (3, 2, "3 facts rest on it, 2 of them read in it"),
        (2, 0, "2 facts rest on it, quoted in another work"),
    ],
)
def test_a_work_says_what_rests_on_it_and_how_it_was_read(facts, read, told):
    work = load_references()["vicknasingam2020pain"]
    assert told in data_pages.work_html(work, facts, read)
    assert (
        "rest"
        not in data_pages.work_html(work, 0, 0)
        .partition("fact-about")[2]
        .partition("still to be checked")[0]
    )


def test_works_are_found_without_accents():
    assert data_pages.plain("W\u00e4nke and Dech\u00eane") == "wanke and dechene"
