"""What a course is kept as, and how its words are found."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base
from app.people import Person
from app.wording import plain

MOST_TITLE = 120
MOST_TEXT = 20_000


class CourseTrainer(Base):
    """Who teaches a course, besides its owner."""

    __tablename__ = "course_trainers"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)


class Course(Base):
    """What is taught. `description` is Markdown; `plan` is a list of [minutes, what]; `questions` as `Question`.

    minimum: fewer people than that and it is not worth running. opens_days_before: how long before a session its
    booking opens, None at once. closes_hours_before: how long before the start it closes, 0 at the start.
    offer_hours: how long a place is held for somebody from the waiting list, None as is usual. last_few: how many
    places are the last few. asks_to_confirm: everybody who is booked is asked a week ahead whether they are coming.
    """

    __tablename__ = "courses"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'archived')", name="state"),
        CheckConstraint("minutes > 0 AND places > 0 AND parts > 0", name="sizes"),
        CheckConstraint("minimum BETWEEN 0 AND places", name="minimum"),
        CheckConstraint("opens_days_before > 0 AND closes_hours_before >= 0", name="window"),
        CheckConstraint("offer_hours > 0 AND last_few >= 0", name="offers"),
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
    minimum: Mapped[int] = mapped_column(default=0)
    opens_days_before: Mapped[int | None]
    closes_hours_before: Mapped[int] = mapped_column(default=0)
    offer_hours: Mapped[int | None]
    last_few: Mapped[int] = mapped_column(default=3)
    asks_to_confirm: Mapped[bool] = mapped_column(default=False)
    is_online: Mapped[bool] = mapped_column(default=False)
    objectives: Mapped[list[str]] = mapped_column(JSON, default=list)
    room_needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    plan: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    found_by: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    trainers: Mapped[list[Person]] = relationship(
        lazy="raise_on_sql", secondary="course_trainers", order_by="Person.id", viewonly=True
    )

    @property
    def is_published(self) -> bool:
        return self.state == "published"


@event.listens_for(Course, "before_insert")
@event.listens_for(Course, "before_update")
def _keep_searchable(_mapper: object, _connection: object, course: Course) -> None:
    course.found_by = plain(
        " ".join(
            [course.title, course.topic or "", course.summary or "", course.audience or "", *(course.objectives or [])]
        )
    )


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
