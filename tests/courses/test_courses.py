from pathlib import Path

import pytest

from app import courses, people
from app.courses import Course, Question
from app.db import db
from app.errors import NotFound, Refused
from tests import make
from tests.office import NOW

SAMPLES = Path(__file__).parents[1] / "samples"
SOUND = '[[course]]\nslug = "searching"\ntitle = "Searching"\nminutes = 120\nplaces = 10\n'


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "courses.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def staff(office):
    office.do(people.import_file, SAMPLES / "people.csv", by=None, now=NOW)


def take(office, file):
    return office.do(courses.import_file, file, by=None, now=NOW)


def faults(office, file):
    with pytest.raises(Refused) as refused:
        take(office, file)
    return refused.value.sentence.splitlines()


def test_the_sample_is_taken_whole(office, staff):
    assert take(office, SAMPLES / "courses.toml") == 12

    course = courses.get("evidence-at-lunchtime")
    assert (course.state, course.parts, course.minutes, course.places) == ("published", 3, 30, 14)
    assert course.plan == [[30, "Part 1: the cycle"], [30, "Part 2: searching"], [30, "Part 3: appraising"]]


def test_the_same_file_again_changes_nothing(office, staff):
    take(office, SAMPLES / "courses.toml")
    before = office.kept()

    assert take(office, SAMPLES / "courses.toml") == 0
    assert office.kept() == before


def test_a_later_file_brings_a_course_up_to_date(office, written):
    take(office, written(SOUND))

    assert take(office, written(SOUND.replace('"Searching"', '"Finding"'))) == 1
    assert courses.get("searching").title == "Finding"


def test_a_course_has_an_owner_and_a_language(office, staff):
    take(office, SAMPLES / "courses.toml")

    course = courses.get("sgiliau-chwilio")
    assert (course.language, course.owner_id) == ("cy", people.known("welsh@example.org").id)


def test_a_courses_questions_are_asked_in_order(office, staff):
    take(office, SAMPLES / "courses.toml")

    assert courses.questions_of(courses.get("critical-appraisal-quantitative")) == [
        Question("question_1", "Which specialty do you work in?", "text", (), needed=True),
        Question(
            "question_2",
            "Have you appraised a paper before?",
            "choice",
            ("Never", "Once or twice", "Often"),
            needed=True,
        ),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('titel = "Typo"', "titel"),
        ("minutes = 0", "minutes"),
        ('owner = "nobody@example.org"', "nobody here is known by the address nobody@example.org"),
        ('state = "open"', "state"),
        ('language = "Welsh!"', "language"),
        ('questions = [{ ask = "Which?", kind = "choice" }]', "a question of the kind 'choice' has choices"),
        ('summary = "bell \\u0007"', "summary"),
        (f'title = "{"x" * 121}"', "title"),
    ],
)
def test_each_fault_of_a_course_is_named(office, written, line, says):
    key = line.partition(" =")[0]
    kept = "\n".join(each for each in SOUND.splitlines() if not each.startswith(f"{key} ="))

    [fault] = faults(office, written(f"{kept}\n{line}\n"))

    assert fault.startswith("course 1 (searching): ")
    assert says in fault


def test_every_faulty_course_is_named_and_none_is_kept(office, written):
    file = written(SOUND + SOUND.replace("searching", "b").replace("120", "-1") + SOUND.replace("searching", "c c"))

    assert [fault.partition(":")[0] for fault in faults(office, file)] == ["course 2 (b)", "course 3 (c c)"]
    assert db.session.query(Course).count() == 0


@pytest.mark.parametrize("text", ["", "title = 3", "course = 3", "[[course", "\x00"])
def test_what_is_no_courses_file_is_refused_in_a_sentence(office, written, text):
    [sentence] = faults(office, written(text))

    assert sentence.startswith("courses.toml ")


def test_a_file_that_is_not_text_is_refused(office, tmp_path):
    file = tmp_path / "courses.toml"
    file.write_bytes(b"\xff\xfe\x00")

    assert faults(office, file)[0].startswith("courses.toml is not a TOML file")


def test_the_catalogue_has_published_courses_by_title(office):
    for title, state in (("B", "published"), ("A", "published"), ("C", "draft"), ("D", "archived")):
        make.course(title, state=state)

    assert [course.title for course in courses.catalogue()] == ["A", "B"]


def test_the_catalogue_is_searched_by_every_word(office):
    make.course("Critical appraisal", objectives=["Reach a verdict"])
    make.course("Copyright", audience="Anyone who copies")

    assert [course.title for course in courses.catalogue("VERDICT critical")] == ["Critical appraisal"]
    assert [course.title for course in courses.catalogue("verdict copies")] == []


def test_a_course_is_found_by_its_new_words_after_a_change(office, written):
    take(office, written(SOUND))
    take(office, written(SOUND + 'summary = "Databases"\n'))

    assert [course.slug for course in courses.catalogue("databases")] == ["searching"]


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_staff_see_published_courses_only(office, state):
    course = make.course(state=state)

    with pytest.raises(NotFound):
        courses.published(course.slug)


@pytest.mark.parametrize("words", ["minutes = 0", "places = 0", "parts = 0", "state = 'gone'"])
def test_the_database_refuses_impossible_courses(office, words):
    make.course()

    with pytest.raises(Exception, match="ck_courses"):
        office.say(f"UPDATE courses SET {words}")
