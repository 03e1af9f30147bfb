"""A course as somebody writes it, in a file or on our pages: what each part may be, said once for both (D35)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from app.courses.tables import MOST_TEXT, MOST_TITLE
from app.spreadsheets import SLUG
from app.wording import MOST_SLUG

MOST_TOPIC = 80
MOST_LINE = 500
MOST_LINES = 30
MOST_STEPS = 60  # lines of a session plan
MOST_MINUTES = 24 * 60
MOST_PLACES = 2_000
MOST_PARTS = 60
MOST_DAYS_BEFORE = 365
MOST_HOURS_BEFORE = 30 * 24
MOST_OFFER_HOURS = 14 * 24
RESERVED = frozenset({"new"})  # slugs that would hide behind a page of their own

OneLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(max_length=MOST_TEXT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
ShortLine = Annotated[OneLine, Field(min_length=1, max_length=MOST_TITLE)]
LongLine = Annotated[OneLine, Field(min_length=1, max_length=MOST_LINE)]
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES)]


class AskedOfEverybody(BaseModel):
    """A question that everybody who books is asked."""

    model_config = ConfigDict(extra="forbid")

    ask: LongLine
    kind: Literal["text", "choice", "yes_no"] = "text"
    choices: list[ShortLine] = Field(default=[], max_length=MOST_LINES)
    needed: bool = False

    @model_validator(mode="after")
    def _choices_fit_the_kind(self) -> "AskedOfEverybody":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a question of the kind 'choice' has choices, any other has none")
        return self


class WrittenCourse(BaseModel):
    """A course in the words of a courses file. An unknown key is refused: a typo must not lose what was written."""

    model_config = ConfigDict(extra="forbid")

    slug: Annotated[str, Field(pattern=f"^{SLUG}$", max_length=MOST_SLUG)]
    title: ShortLine
    minutes: Annotated[int, Field(gt=0, le=MOST_MINUTES)]
    places: Annotated[int, Field(gt=0, le=MOST_PLACES)]
    parts: Annotated[int, Field(gt=0, le=MOST_PARTS)] = 1
    minimum: Annotated[int, Field(ge=0)] = 0
    opens_days_before: Annotated[int, Field(gt=0, le=MOST_DAYS_BEFORE)] | None = None
    closes_hours_before: Annotated[int, Field(ge=0, le=MOST_HOURS_BEFORE)] = 0
    offer_hours: Annotated[int, Field(gt=0, le=MOST_OFFER_HOURS)] | None = None
    last_few: Annotated[int, Field(ge=0, le=MOST_PLACES)] = 3
    asks_to_confirm: bool = False
    topic: Annotated[OneLine, Field(max_length=MOST_TOPIC)] = ""
    summary: Words = ""
    description: Words = ""
    audience: Words = ""
    bring: Words = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")] = "en"
    online: bool = False
    objectives: Annotated[list[LongLine], Field(max_length=MOST_LINES)] = []
    room_needs: Annotated[list[ShortLine], Field(max_length=MOST_LINES)] = []
    plan: Annotated[list[tuple[Minutes, LongLine]], Field(max_length=MOST_STEPS)] = []
    questions: Annotated[list[AskedOfEverybody], Field(max_length=MOST_LINES)] = []
    owner: str = ""
    state: Literal["draft", "published", "archived"] = "published"

    @field_validator("slug")
    @classmethod
    def _is_no_page_of_ours(cls, slug: str) -> str:
        if slug in RESERVED:
            raise ValueError("is the address of another page: choose another")
        return slug

    @field_validator("minimum")
    @classmethod
    def _fits_into_the_places(cls, minimum: int, known: ValidationInfo) -> int:
        places = known.data.get("places", minimum)
        if minimum > places:
            raise ValueError(f"must be {places} or less, the number of places")
        return minimum
