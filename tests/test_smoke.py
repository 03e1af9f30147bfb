from tests import make


def test_a_person_books_and_hears_of_it(office):
    training_session = make.training_session(capacity=2)
    person = make.person()
    office.book(person, training_session)
    letters = office.deliver()
    assert [l.subject for l in letters] == ["Booked: Using Social Media to Keep up to Date, Tue 15 Dec 2026, 10am"]


def test_booking_through_pages(office):
    training_session = make.training_session(capacity=2)
    b = office.browser(make.person())
    b.get(f"/sessions/{training_session.ref}").click("Book a place").submit("Book a place")
    assert b.status == 303
    b.follow()
    assert "You have a place" in b.heading
    b.click("Cancel my booking").submit("Cancel my booking")
    assert b.follow().heading == "Your booking is cancelled"
