"""The waiting list: who waits for a place on a course, for which dates, and what they have been offered.

- A wait is for dates that somebody names, for any date of the course, or for one that is not there yet. A person has at
  most one on a course.
- The longest wait comes first. Its place in line is the moment they asked, unless a coordinator moved them up.
- Whoever waits is asked first, and the place is held until a deadline; or it is booked for them, if they said so.
- Nobody has two open offers on a course. One that ran out pauses further ones, until they say that they still want a
  place. 'Not this date' rules out that date only.
- Who is offered nothing just now keeps their place in line.
What a free place sets off is a matter of bookings, which this floor does not know.
"""

from app.waiting_list.asking import (
    add,
    add_gift,
    add_offer,
    answer,
    end,
    forget_change,
    go_on_waiting,
    hear,
    name_dates,
    put_first,
    rule_out,
    say,
    shorten,
)
from app.waiting_list.deadlines import BEFORE_THE_START, LAST_DAY, deadline, is_last_day, warning
from app.waiting_list.demand import ComingDate, Demand, by_course, joined_by_month
from app.waiting_list.given import concerning, given_since, held_counts, newest_offer_id
from app.waiting_list.line import (
    Stand,
    ahead_of,
    by_id,
    count_offers,
    counts,
    course_ids_of,
    get,
    get_offer,
    is_waited_for,
    line_of,
    line_of_course,
    may_be_given,
    next_in_line,
    of,
    of_person,
    offer_by_id,
    offers_on,
    open_offer_of,
    open_offers,
    places_in_line,
    run_out,
    standing,
    suited_among,
    suits,
    wanted_dates,
)
from app.waiting_list.tables import MOST_WOULD_SUIT, Offer, Wait, WaitDate

__all__ = [
    "BEFORE_THE_START",
    "LAST_DAY",
    "MOST_WOULD_SUIT",
    "ComingDate",
    "Demand",
    "Offer",
    "Stand",
    "Wait",
    "WaitDate",
    "add",
    "add_gift",
    "add_offer",
    "ahead_of",
    "answer",
    "by_course",
    "by_id",
    "concerning",
    "count_offers",
    "counts",
    "course_ids_of",
    "deadline",
    "end",
    "forget_change",
    "get",
    "get_offer",
    "given_since",
    "go_on_waiting",
    "hear",
    "held_counts",
    "is_last_day",
    "is_waited_for",
    "joined_by_month",
    "line_of",
    "line_of_course",
    "may_be_given",
    "name_dates",
    "newest_offer_id",
    "next_in_line",
    "of",
    "of_person",
    "offer_by_id",
    "offers_on",
    "open_offer_of",
    "open_offers",
    "places_in_line",
    "put_first",
    "rule_out",
    "run_out",
    "say",
    "shorten",
    "standing",
    "suited_among",
    "suits",
    "wanted_dates",
    "warning",
]
