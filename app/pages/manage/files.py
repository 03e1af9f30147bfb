"""Lists as files: CSV that Excel opens as it is, always to be saved and never shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from werkzeug.wrappers import Response

from app import clock
from app.spreadsheets import csv_of


def csv(name: str, heading: Sequence[str], lines: Iterable[Sequence[object]]) -> Response:
    """name: of the file, without its ending; nothing that anybody typed."""
    answer = Response(csv_of(heading, lines))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def said(at: datetime | None) -> str:
    """'2027-01-12 14:00' on the service's wall clock, which spreadsheets sort by; '' for never."""
    return f"{clock.local(at):%Y-%m-%d %H:%M}" if at else ""
