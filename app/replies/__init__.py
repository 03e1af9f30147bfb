"""Replies: what comes back to the mailbox that our letters come from."""

from app.replies.tables import Reply, ReplyMailbox

__all__ = ["Reply", "ReplyMailbox"]
