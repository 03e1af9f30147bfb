"""Days that stand in addresses: whatever somebody makes of them by hand, a page must still come of it."""

from datetime import date

YEARS = range(2000, 2200)  # others are mistyped, and some of them no calendar knows


def day_of(text: str | None) -> date | None:
    """The day of '2026-12-15'; None if that is none."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year in YEARS else None
