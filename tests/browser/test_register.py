import re
from datetime import timedelta

import pytest

from app import attendance
from tests import make
from tests.browser.crowd import NAMES, WORDS
from tests.browser.screen import DESK, PHONE

pytestmark = pytest.mark.slow


def today(office, trainer, count, **more):
    """A session that begins in an hour, with so many people of all sorts of names."""
    training_session = make.training_session(
        trainers=[trainer], starts_at=office.now + timedelta(hours=1), capacity=count, **more
    )
    for number in range(count):
        make.booking(training_session, make.person(f"{NAMES[number % 3]} {number}", team=WORDS[:70]))
    return training_session


def marks(office, training_session):
    office.forget()
    return [line.mark for line in attendance.register_of(office.fresh(training_session))]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_trainer_marks_people_on_the_day(office, screens, width, scripts):
    trainer = make.trainer()
    training_session = today(office, trainer, 3)
    screen = screens(width=width, scripts=scripts, person=trainer)
    screen.open(f"/manage/sessions/{training_session.ref}/register")

    screen.page.get_by_role("group").nth(1).get_by_label("Did not attend").check()
    screen.fill("Name of somebody who came without booking", "Wanda Walker").click("Add this person")
    assert "1 mark saved. 1 person has been added." in screen.main
    screen.click("Mark everybody who has no mark as attended")

    assert marks(office, training_session) == ["attended", "absent", "attended", "attended"]


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_register_is_sound_on_a_crowded_day(office, screens, width):
    me = make.coordinator("Fflur Gwenllian ferch Rhys-Wójcik")
    training_session = today(office, me and make.trainer(), 6, room=make.room("Large", capacity=8))
    office.do(attendance.add_walk_in, training_session.id, WORDS[:120], by=me, now=office.now)
    screen = screens(width=width, person=me)
    address = f"/manage/sessions/{training_session.ref}/register"
    faults = []

    def look():
        faults.extend(screen.axe() + screen.beyond_the_edge())

    screen.open(address)
    look()
    screen.click("Mark everybody who has no mark as attended")
    look()
    screen.fill("Name of somebody who came without booking", WORDS[:120]).click("Add this person")
    look()
    assert "is on the register already" in screen.main
    for copy in ("signing", "trainer"):
        screen.open(f"{address}?copy={copy}")
        look()

    assert faults == []


def test_every_target_is_large_enough_for_a_thumb(office, screens):
    trainer = make.trainer()
    training_session = today(office, trainer, 2)
    screen = screens(width=PHONE, person=trainer).open(f"/manage/sessions/{training_session.ref}/register")

    sizes = [box.bounding_box() for box in screen.page.locator(".app-mark").all()]

    assert len(sizes) == 10
    assert all(size["width"] >= 44 and size["height"] >= 44 for size in sizes)


def test_somebody_marks_with_the_keyboard_alone_and_sees_where_they_are(office, screens):
    trainer = make.trainer()
    training_session = today(office, trainer, 2)
    screen = screens(person=trainer).open(f"/manage/sessions/{training_session.ref}/register")

    screen.tab_to("No mark").press("ArrowRight").press("Tab").press("ArrowRight").press("ArrowRight")
    screen.tab_to("Save the register").enter()

    assert marks(office, training_session) == ["attended", "part"]


@pytest.mark.parametrize("copy", ["signing", "trainer"])
def test_twenty_people_fit_on_one_sheet_of_a4(office, screens, copy):
    trainer = make.trainer()
    room = make.room("Ystafell Hyfforddi Glyndŵr, second floor, behind the canteen", capacity=20)
    training_session = today(office, trainer, 20, room=room)
    screen = screens(person=trainer).open(f"/manage/sessions/{training_session.ref}/register?copy={copy}")

    printed = screen.page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
