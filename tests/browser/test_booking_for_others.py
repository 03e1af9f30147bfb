import pytest

from tests import make
from tests.browser.screen import DESK, PHONE

pytestmark = pytest.mark.slow

TITLE = "Using Social Media to Keep up to Date"
LONG = "a.very.long.address.without.a.break@a-long-department-name.northgate-hospitals.example.org"


def test_a_manager_books_for_three_healthcare_assistants_on_a_phone_without_scripts(office, screens):
    make.training_session()
    screen = screens(width=PHONE, scripts=False, person=make.person("Mair Manager")).open("/")

    screen.click(TITLE).click("Book for a colleague").click("Book for several people at once")
    screen.fill("Their email addresses", "Cai <cai@example.org>\nzoe@example.org; siân@\ndan@example.org")
    screen.click("Check the list")
    assert "3 people to book" in screen.main
    assert "Line 2: siân@" in screen.main
    screen.click("Book 3 places")

    assert screen.heading == "3 places booked"
    assert [letter.to for letter in office.deliver()] == ["cai@example.org", "zoe@example.org", "dan@example.org"]


def test_a_manager_books_one_after_another_and_learns_whom_to_ask_us_about(office, screens):
    make.training_session()
    screen = screens(width=PHONE, scripts=False, person=make.person("Mair Manager")).open("/")
    screen.click(TITLE).click("Book for a colleague")

    screen.fill("Their name", "Cai Carer").fill("Their work email address", "cai@example.org")
    screen.click("Book this place")
    assert screen.heading == "Cai Carer has a place"
    screen.click("Book for somebody else").fill("Their name", "Gwen")
    screen.fill("Their work email address", "gwen@council.example.net").click("Book this place")

    assert "Please ask us" in screen.main
    assert screen.page.get_by_label("Their work email address").input_value() == "gwen@council.example.net"
    assert [letter.to for letter in office.deliver()] == ["cai@example.org"]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_what_follows_the_forms_is_sound_too(screens, width):
    training_session, faults = make.training_session(capacity=4), []
    cai = make.person("Agnieszka Wójcik-Brzęczyszczykiewicz", address="cai@example.org")
    make.booking(make.training_session(course=make.course("Something else")), cai)
    screen = screens(width=width, person=make.coordinator("محمد عبد الله الأنصاري"))

    def look():
        faults.extend(screen.axe() + screen.beyond_the_edge())

    one, several = (f"/sessions/{training_session.ref}/{end}" for end in ("book-for", "book-for-several"))
    screen.open(one).click("Book this place")
    look()
    screen.fill("Their name", "Cai").fill("Their work email address", "cai@example.org").click("Book this place")
    assert "has something else of their own at that time" in screen.main
    look()
    screen.click("Book all the same")
    look()
    screen.open(several).click("Check the list")
    look()
    screen.fill("Their email addresses", f"{LONG}\nnia@\n{'x' * 90}\ncai@example.org").click("Check the list")
    look()
    screen.click("Book 1 place")
    look()
    assert faults == []
