"""Joining the waiting list, and taking the place that comes of it."""

from datetime import timedelta

import pytest

from tests import make


@pytest.mark.parametrize("scripts", [True, False])
def test_the_dates_to_tick_show_once_somebody_wants_some_of_them_with_scripts_or_without(office, screens, scripts):
    full = make.full_session()
    make.full_session(course=full.course, starts_at=make.IN_TWO_WEEKS + timedelta(days=7))
    screen = screens(person=make.person(), scripts=scripts).open(f"/sessions/{full.ref}/wait")
    other = screen.page.get_by_label("Tuesday 22 December 2026, 10am to midday")
    assert not other.is_visible()

    screen.tick("Some of these dates")
    other.check()
    screen.click("Join the waiting list")

    assert screen.heading == "You are on the waiting list"
    assert "Tuesday 22 December 2026" in screen.main


def test_from_a_full_session_to_a_place_in_a_few_clicks(office, screens):
    full, nia = make.full_session(), make.person("Nia Nurse", address="nia@example.org")
    screen = screens(person=nia).open(f"/sessions/{full.ref}")
    screen.click("Join the waiting list").click("Join the waiting list")
    assert "1st in line" in screen.main

    office.free(full)
    screen.open("/bookings/").click("Answer").click("Take this place")

    assert screen.heading == "You have a place"
    assert screen.clicks == 4
    assert office.names_on(full)[0] == ["Nia Nurse"]
