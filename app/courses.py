"""Courses: what is taught, to whom, how long, and what is asked of whoever books.

A course is a draft, published or archived; only a published one is seen by staff. Its owner posted it. Its usual
length, places and parts are what a session starts from, not what a session must have.
"""

import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ScalarSelect,
    String,
    Text,
    and_,
    event,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import journal, people, wording
from app.db import Base, db
from app.errors import Faulty, NotFound, Refused
from app.people import Person
from app.spreadsheets import SLUG

MOST_TITLE = 120
MOST_TEXT = 20_000
STRUCK = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})  # no accent comes off


class Course(Base):
    """What is taught. `description` is Markdown; `plan` is a list of [minutes, what]; `questions` as `Question`."""

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'archived')", name="state"),
        CheckConstraint("minutes > 0 AND places > 0 AND parts > 0", name="sizes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(MOST_TITLE))
    topic: Mapped[str] = mapped_column(String(80), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(Text, default="")
    bring: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(12), default="en")
    minutes: Mapped[int]
    places: Mapped[int]
    parts: Mapped[int] = mapped_column(default=1)
    is_online: Mapped[bool] = mapped_column(default=False)
    objectives: Mapped[list[str]] = mapped_column(JSON, default=list)
    room_needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    plan: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    found_by: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def is_published(self) -> bool:
        return self.state == "published"


@event.listens_for(Course, "before_insert")
@event.listens_for(Course, "before_update")
def _keep_searchable(_mapper: object, _connection: object, course: Course) -> None:
    course.found_by = _plain(
        " ".join(
            [course.title, course.topic or "", course.summary or "", course.audience or "", *(course.objectives or [])]
        )
    )


def _plain(words: str) -> str:
    """Small letters without accents: SQLite folds only the capitals of English, and few can type Łucja or Llŷr."""
    apart = unicodedata.normalize("NFKD", words.casefold().translate(STRUCK))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True)
class Question:
    """What a course asks of whoever books. `key` names its field on the form."""

    key: str
    ask: str
    kind: Literal["text", "choice", "yes_no"]
    choices: tuple[str, ...]
    needed: bool


def questions_of(course: Course) -> list[Question]:
    return [
        Question(f"question_{number}", asked["ask"], asked["kind"], tuple(asked["choices"]), asked["needed"])
        for number, asked in enumerate(course.questions, start=1)
    ]


def get(slug: str) -> Course:
    """A course by its slug, whatever its state. Raises NotFound."""
    course = db.session.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        raise NotFound(f"There is no course called {slug}.")
    return course


def published(slug: str) -> Course:
    """A course that staff may see. Raises NotFound, for a draft too."""
    course = get(slug)
    if not course.is_published:
        raise NotFound(f"There is no course called {slug}.")
    return course


def matches(q: str) -> ColumnElement[bool]:
    """Courses that have every word of the question somewhere, accents and capitals aside."""
    words = _plain(q).split()
    return and_(true(), *(Course.found_by.contains(word, autoescape=True) for word in words[:12]))


def catalogue(q: str = "") -> list[Course]:
    """Published courses that have every word of the question, by title."""
    query = select(Course).where(Course.state == "published", matches(q))
    return list(db.session.scalars(query.order_by(Course.title)))


def lock(course_id: int | ScalarSelect[int]) -> Course | None:
    """The course held until the transaction ends: whatever takes, frees or waits for a place of it waits its turn."""
    query = select(Course).where(Course.id == course_id).with_for_update(key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


OneLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(max_length=MOST_TEXT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
ShortLine = Annotated[OneLine, Field(min_length=1, max_length=MOST_TITLE)]
LongLine = Annotated[OneLine, Field(min_length=1, max_length=500)]


class AskedOfEverybody(BaseModel):
    """A question as a courses file writes it."""

    model_config = ConfigDict(extra="forbid")

    ask: LongLine
    kind: Literal["text", "choice", "yes_no"] = "text"
    choices: list[ShortLine] = Field(default=[], max_length=30)
    needed: bool = False

    @model_validator(mode="after")
    def _choices_fit_the_kind(self) -> "AskedOfEverybody":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a question of the kind 'choice' has choices, any other has none")
        return self


class WrittenCourse(BaseModel):
    """A course as a courses file writes it. An unknown key is refused: a typo must not lose what was written."""

    model_config = ConfigDict(extra="forbid")

    slug: Annotated[str, Field(pattern=f"^{SLUG}$", max_length=80)]
    title: ShortLine
    minutes: Annotated[int, Field(gt=0, le=24 * 60)]
    places: Annotated[int, Field(gt=0, le=2_000)]
    parts: Annotated[int, Field(gt=0, le=60)] = 1
    topic: Annotated[OneLine, Field(max_length=80)] = ""
    summary: Words = ""
    description: Words = ""
    audience: Words = ""
    bring: Words = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")] = "en"
    online: bool = False
    objectives: Annotated[list[LongLine], Field(max_length=30)] = []
    room_needs: Annotated[list[ShortLine], Field(max_length=30)] = []
    plan: Annotated[list[tuple[Annotated[int, Field(ge=0)], LongLine]], Field(max_length=60)] = []
    questions: Annotated[list[AskedOfEverybody], Field(max_length=30)] = []
    owner: str = ""
    state: Literal["draft", "published", "archived"] = "published"


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
