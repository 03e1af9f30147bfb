"""A service's courses from its own TOML file."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from app import journal, people, wording
from app.courses.tables import Course
from app.courses.written import WrittenCourse
from app.db import db
from app.errors import Faulty, Refused
from app.people import Person


def import_file(file: Path, *, by: Person | None, now: datetime) -> int:
    """Add or bring up to date the courses of a TOML file; the slug says which course.

    Returns how many were added or changed: the same file again changes nothing. Raises Refused with a line a fault.
    """
    faults: list[str] = []
    changed_count = 0
    for number, raw in enumerate(_written(file), start=1):
        try:
            changed_count += _keep(WrittenCourse.model_validate(raw), by=by, now=now)
        except ValidationError as fault:
            faults += [f"course {number} ({_name(raw)}): {sentence}." for sentence in wording.sentences(fault)]
        except Refused as refusal:
            faults.append(f"course {number} ({_name(raw)}): {refusal.sentence}")
    if faults:
        raise Refused("\n".join(faults))
    return changed_count


def _written(file: Path) -> list[dict[str, Any]]:
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except OSError as fault:
        raise Refused(f"{file.name} cannot be opened: {fault.strerror}.") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Refused(f"{file.name} is not a TOML file: {fault}.") from fault
    found = written.get("course")
    if not isinstance(found, list) or not all(isinstance(course, dict) for course in found):
        raise Refused(f"{file.name} has no courses: each starts with a line [[course]].")
    return found


def _keep(written: WrittenCourse, *, by: Person | None, now: datetime) -> bool:
    """What a file does not mention stays as it is."""
    wanted = written.model_dump(mode="json", exclude={"owner", "online"})
    wanted |= {"owner_id": _owner_id(written.owner), "is_online": written.online}
    course = db.session.scalar(select(Course).where(Course.slug == written.slug))
    if course is None:
        course = Course(**wanted)
        db.session.add(course)
        db.session.flush()  # the journal needs the course's id
        journal.record(by, "posted", course, now)
        return True
    said = {{"owner": "owner_id", "online": "is_online"}.get(key, key) for key in written.model_fields_set}
    if "minimum" not in said and course.minimum > written.places:
        raise Refused(f"fewer places than the {course.minimum} people that make it worth running: give a minimum too.")
    return journal.describe(by, course, {column: wanted[column] for column in wanted if column in said}, now)


def _owner_id(address: str) -> int | None:
    if not address:
        return None
    owner = people.known(people.tidy_address(address))
    if owner is None:
        raise Faulty(f"nobody here is known by the address {address}: import people first.", field="owner")
    return owner.id


def _name(raw: dict[str, Any]) -> str:
    return str(raw.get("slug") or raw.get("title") or "no slug")[:80]
