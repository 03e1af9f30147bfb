"""Who waits for a session, as a file; and why somebody who waits was, or was not, given a place."""

from werkzeug.wrappers import Response

from app import bookings, clock, waiting_list
from app.door import coordinator, trainer
from app.pages import page
from app.pages.manage import files
from app.pages.manage.changing import mine
from app.pages.manage.waits.frame import back_from, bp, came_from, say_place
from app.pages.manage.waits.lines import COLUMNS, cells, in_line, in_line_of


@bp.get("/manage/sessions/<ref>/waiting.csv")
@trainer
def waiting_csv(ref: str) -> Response:
    training_session = mine(ref)
    lines = in_line_of(training_session, clock.now())
    return files.csv(f"waiting-{training_session.ref}", COLUMNS, map(cells, lines))


@bp.get("/manage/waits/<ref>/why")
@coordinator
def why(ref: str) -> Response:
    wait, now = waiting_list.get(ref), clock.now()
    told = bookings.explained(wait, now, named=True)
    [line] = in_line([wait], now)
    got = bookings.coming_on_course(wait.person, wait.course_id, now=now) if wait.state == "booked" else []
    return page(
        "manage/waits/why.html",
        wait=wait,
        line=line,
        place=say_place(wait),
        happened=[each for each in told if each.at < now],
        stands=[each for each in told if each.at >= now],
        booking=next(iter(got), None),
        back=back_from(wait),
        came_from=came_from(wait),
    )
