"""Replies: what comes back to the mailbox that our letters come from.

- Whoever declines their entry in their own calendar gives up the place, as if they had pressed Cancel.
- Anybody can write to that mailbox. A place is touched only if our own mail server vouches for the sender, the sender
  is the person who was invited, and what they answer is what they were last told. In doubt the person is asked.
- Five declines of one session in ten minutes are plenty: the rest wait for a coordinator.
- A letter that came back is shown at the person, and what people write in words goes to people.
- Coordinators see what was read, what was done and why; what is left for a person waits there.
- The mails themselves are kept for 30 days.
"""

from app.replies.keeping import (
    about_booking,
    came_back,
    count_open,
    forget,
    get,
    leave,
    let_through,
    listing,
    raw_of,
    read,
    take,
    undo,
)
from app.replies.outcomes import Did, say
from app.replies.polling import act_on, poll, state
from app.replies.tables import Reply, ReplyMailbox

__all__ = [
    "Did",
    "Reply",
    "ReplyMailbox",
    "about_booking",
    "act_on",
    "came_back",
    "count_open",
    "forget",
    "get",
    "leave",
    "let_through",
    "listing",
    "poll",
    "raw_of",
    "read",
    "say",
    "state",
    "take",
    "undo",
]
