"""Adding and editing rooms and sites."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import changes, clock, history, rooms, timetable
from app.db import transaction
from app.door import coordinator, must_be_me
from app.errors import Faulty, StaleEdit, TooSmall
from app.pages import page
from app.pages.forms import long_text, pick, short_text, whole_number
from app.pages.manage.editing import EditForm, seen
from app.pages.manage.rooms.frame import NUMBERS, bp, put_beside
from app.rooms import MOST_ADDRESS, MOST_BOOKED_WITH, MOST_NAME, MOST_PEOPLE, MOST_TEXT, Description, Site

NO_SITE_CHOSEN = ("site", "Select the site, or name a new one")
NO_SITE_NAMED = ("site_name", "Enter the name of the site")
MOST_SHOWN = 20  # of the dates in a room


class SiteQuestions(EditForm):
    """Above those of the room: an error summary lists its errors in the order in which the fields are written here."""

    site = pick("Site", thing="the site", needed=False, blank="A new site, named below")
    site_name = short_text(
        "Name of the new site",
        thing="the name of the new site",
        needed=False,
        most=MOST_NAME,
        hint="Only if it is a new site. For example, Northgate Hospital",
    )
    site_address = short_text(
        "Address of the new site (optional)",
        thing="the address of the new site",
        needed=False,
        most=MOST_ADDRESS,
        hint="With the postcode: people find the building by it",
    )


class RoomForm(EditForm):
    name = short_text(
        "Name of the room", thing="the name of the room", most=MOST_NAME, hint="For example, IT training room"
    )
    capacity = whole_number(
        "How many people it holds", least=1, greatest=MOST_PEOPLE, thing="how many people the room holds"
    )
    equipment = long_text(
        "Equipment (optional)",
        thing="the equipment",
        needed=False,
        most=MOST_TEXT,
        rows=3,
        hint="With a semicolon between. For example, 10 PCs; projector; hearing loop",
    )
    access = long_text(
        "Access (optional)",
        thing="the words on access",
        needed=False,
        most=MOST_TEXT,
        rows=3,
        hint="People read this before they book. For example, step-free; accessible toilet on the same floor",
    )
    directions = long_text(
        "How to find it (optional)",
        thing="how to find it",
        needed=False,
        most=MOST_TEXT,
        rows=3,
        hint="This goes into every email about a session in this room",
    )
    booked_with = short_text(
        "Another team keeps this room: also book it with (optional)",
        thing="whom to book it with",
        needed=False,
        most=MOST_BOOKED_WITH,
        hint="Trainers are reminded of it when they choose the room. For example, Education Centre, ext 4021",
    )

    def description(self) -> Description:
        return Description(
            name=self.name.text,
            capacity=self.capacity.data,
            equipment=self.equipment.text,
            access=self.access.text,
            directions=self.directions.text,
            booked_with=self.booked_with.text,
        )


class NewRoomForm(SiteQuestions, RoomForm):
    def ask_for_the_first_site(self) -> None:
        """With no site to choose from, nothing is new about this one."""
        self.site_name.label.text = "Name of the site"
        self.site_name.hint = "The building or place that the room is in. For example, Northgate Hospital"
        self.site_address.label.text = "Address of the site (optional)"

    def validate(self, extra_validators: object = None) -> bool:
        super().validate(extra_validators)
        if any(asked.errors for asked in (self.site, self.site_name, self.site_address)):
            return False
        if not self.site.data and not self.site_name.text:
            self.refuse(*NO_SITE_CHOSEN if self.site.choices else NO_SITE_NAMED)
        elif self.site.data and (self.site_name.text or self.site_address.text):
            self.refuse("site_name", "Leave this and the address empty, or select ‘A new site’ above")
        return not self.errors


@bp.route("/manage/rooms/new", methods=["GET", "POST"])
@coordinator
def new_room() -> Response:
    sites = rooms.sites()
    form = NewRoomForm(site=request.args.get("site", str(sites[0].id) if len(sites) == 1 else None))
    form.site.choices = [(str(site.id), site.name) for site in sites]
    if not sites:
        form.ask_for_the_first_site()
    if form.validate_on_submit():
        try:
            with transaction():
                room = rooms.add(_site_of(form), form.description(), by=must_be_me(), now=clock.now())
                said, slug = f"{room.where} has been added.", room.slug
        except Faulty as refusal:
            put_beside(form, refusal)
        else:
            flash(said)
            return redirect(url_for(".one_room", slug=slug), 303)
    is_new_site = not form.site.data or bool(form.site_name.text or form.site_address.text)
    return page("manage/rooms/new.html", form=form, has_sites=bool(sites), is_new_site=is_new_site)


def _site_of(form: NewRoomForm) -> Site:
    if form.site.data:
        return rooms.get_site(int(form.site.data))
    return rooms.add_site(name=form.site_name.text, address=form.site_address.text, by=must_be_me(), now=clock.now())


@bp.route("/manage/rooms/<slug>", methods=["GET", "POST"])
@coordinator
def one_room(slug: str) -> Response:
    room, now, facts = rooms.get(slug), clock.now(), {}
    form, status = RoomForm(obj=room, seen=seen(room)), None
    if form.validate_on_submit():
        try:
            with transaction():
                changes.describe_room(room.id, form.description(), by=must_be_me(), now=now, seen=form.has_seen)
        except (Faulty, TooSmall, StaleEdit) as refusal:
            put_beside(form, refusal)
            status, facts = refusal.status, refusal.facts
            room = rooms.get(slug)
        else:
            flash("The room has been saved.")
            return redirect(url_for(".one_room", slug=slug), 303)
    sessions = timetable.sessions_in(room, now=now)
    return page(
        "manage/rooms/one.html",
        status,
        form=form,
        room=room,
        in_the_way=facts.get("sessions", ()),
        closures=timetable.closures(now=now, room_ids=[room.id]).get(room.id, []),
        sessions=sessions[:MOST_SHOWN],
        more_count=max(0, len(sessions) - MOST_SHOWN),
        history=history.of(room)[::-1],
        now=now,
    )


class SiteForm(EditForm):
    site_name = short_text("Name", thing="the site’s name", most=MOST_NAME)
    site_address = short_text(
        "Address (optional)",
        thing="the site’s address",
        needed=False,
        most=MOST_ADDRESS,
        hint="With the postcode: people find the building by it",
    )


@bp.route("/manage/sites/new", methods=["GET", "POST"])
@coordinator
def new_site() -> Response:
    form = SiteForm()
    if form.validate_on_submit():
        try:
            with transaction():
                site = rooms.add_site(
                    name=form.site_name.text, address=form.site_address.text, by=must_be_me(), now=clock.now()
                )
                said = f"{site.name} has been added. It has no rooms yet."
        except Faulty as refusal:
            put_beside(form, refusal)
        else:
            flash(said)
            return redirect(url_for(".all_rooms"), 303)
    return page("manage/rooms/site.html", form=form, site=None, history=[])


@bp.route(f"/manage/sites/<int(max={NUMBERS}):site_id>", methods=["GET", "POST"])
@coordinator
def one_site(site_id: int) -> Response:
    site, status = rooms.get_site(site_id), None
    form = SiteForm(site_name=site.name, site_address=site.address, seen=seen(site))
    if form.validate_on_submit():
        try:
            with transaction():
                changes.describe_site(
                    site_id,
                    name=form.site_name.text,
                    address=form.site_address.text,
                    by=must_be_me(),
                    now=clock.now(),
                    seen=form.has_seen,
                )
        except (Faulty, StaleEdit) as refusal:
            put_beside(form, refusal)
            status, site = refusal.status, rooms.get_site(site_id)
        else:
            flash("The site has been saved.")
            return redirect(url_for(".all_rooms"), 303)
    return page("manage/rooms/site.html", status, form=form, site=site, history=history.of(site)[::-1])
