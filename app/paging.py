"""Long lists, a page at a time."""

from dataclasses import dataclass

A_PAGE = 50


def pages_for(total: int) -> int:
    """How many pages so many lines fill; an empty list is a page too."""
    return max(1, -(-total // A_PAGE))


@dataclass(frozen=True, kw_only=True)
class Paged:
    """One page of a list. total: how many lines there are on all pages. page: counted from 1."""

    total: int
    page: int

    @property
    def page_count(self) -> int:
        return pages_for(self.total)

    @property
    def earlier(self) -> int | None:
        """The page before this one."""
        return self.page - 1 if self.page > 1 else None

    @property
    def later(self) -> int | None:
        return self.page + 1 if self.page < self.page_count else None
