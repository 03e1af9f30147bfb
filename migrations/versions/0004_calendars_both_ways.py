"""Calendars both ways: trainers' entries, answers, places held for undo, feeds, replies read from a mailbox.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

HELD = sa.text("held_until IS NOT NULL")
OF_A_TRAINER = sa.text("trainer_id IS NOT NULL AND is_current")
OPEN = sa.text("state = 'open'")
OF_A_MAIL = sa.text("message_id <> ''")
HAS_FEED = sa.text("feed_hash <> ''")
ADDED = {"people": ("calendar_choice", "feed_hash"), "invites": ("answer",), "calendar_messages": ("title",)}


def upgrade() -> None:
    # A default only for the rows that are there: the classes give their own to new ones.
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("calendar_choice", sa.String(length=8), nullable=False, server_default="invites"))
        people.add_column(sa.Column("feed_hash", sa.String(length=64), nullable=False, server_default=""))
        people.create_check_constraint(
            op.f("ck_people_calendar_choice"), "calendar_choice IN ('invites', 'feed', 'both')"
        )
    with op.batch_alter_table("bookings") as bookings:
        bookings.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        bookings.create_check_constraint(op.f("ck_bookings_held"), "held_until IS NULL OR state = 'cancelled'")
    with op.batch_alter_table("invites") as invites:
        invites.alter_column("booking_id", existing_type=sa.Integer(), nullable=True)
        invites.add_column(sa.Column("trainer_id", sa.Integer(), nullable=True))
        invites.add_column(sa.Column("answer", sa.String(length=12), nullable=False, server_default=""))
        invites.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        invites.create_foreign_key("fk_invites_trainer_id_people", "people", ["trainer_id"], ["id"])
        invites.create_check_constraint(op.f("ck_invites_whose"), "(booking_id IS NULL) <> (trainer_id IS NULL)")
        invites.create_check_constraint(
            op.f("ck_invites_answer"), "answer IN ('', 'accepted', 'tentative', 'declined', 'delegated')"
        )
    with op.batch_alter_table("calendar_messages") as messages:
        messages.add_column(sa.Column("title", sa.Text(), nullable=False, server_default=""))
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.alter_column(column, server_default=None)
    op.create_index(
        "uq_people_feed_hash", "people", ["feed_hash"], unique=True, sqlite_where=HAS_FEED, postgresql_where=HAS_FEED
    )
    op.create_index("ix_bookings_held_until", "bookings", ["held_until"], sqlite_where=HELD, postgresql_where=HELD)
    op.create_index(
        "uq_invites_trainer",
        "invites",
        ["trainer_id", "slot_id"],
        unique=True,
        sqlite_where=OF_A_TRAINER,
        postgresql_where=OF_A_TRAINER,
    )
    op.create_index("ix_invites_slot_id", "invites", ["slot_id"])
    op.create_table(
        "replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("calendar_hash", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("did", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('done', 'open', 'settled')", name=op.f("ck_replies_state")),
        sa.CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name=op.f("ck_replies_settled")),
        sa.ForeignKeyConstraint(
            ["training_session_id"], ["training_sessions.id"], name="fk_replies_training_session_id_training_sessions"
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_replies_booking_id_bookings"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_replies_person_id_people"),
        sa.ForeignKeyConstraint(["settled_by_id"], ["people.id"], name="fk_replies_settled_by_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
    )
    op.create_index(
        "uq_replies_message_id",
        "replies",
        ["message_id"],
        unique=True,
        sqlite_where=OF_A_MAIL,
        postgresql_where=OF_A_MAIL,
    )
    op.create_index("ix_replies_calendar_hash", "replies", ["calendar_hash"])
    op.create_index("ix_replies_open", "replies", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_replies_booking_id", "replies", ["booking_id"])
    op.create_index("ix_replies_person_id", "replies", ["person_id"])
    op.create_index("ix_replies_training_session_id", "replies", ["training_session_id"])
    op.create_table(
        "reply_mailboxes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reply_mailboxes"),
    )


def downgrade() -> None:
    op.drop_table("reply_mailboxes")
    op.drop_table("replies")
    # Trainers' entries, and places held for undo, are nobody's in the tables before.
    op.execute(
        "UPDATE training_sessions SET places_taken = places_taken - (SELECT count(*) FROM bookings"
        " WHERE bookings.training_session_id = training_sessions.id AND bookings.held_until IS NOT NULL)"
    )
    op.execute("DELETE FROM invites WHERE booking_id IS NULL")
    op.drop_index("ix_invites_slot_id", table_name="invites")
    op.drop_index("uq_invites_trainer", table_name="invites")
    op.drop_index("ix_bookings_held_until", table_name="bookings")
    op.drop_index("uq_people_feed_hash", table_name="people")
    with op.batch_alter_table("calendar_messages") as messages:
        messages.drop_column("title")
    with op.batch_alter_table("invites") as invites:
        invites.drop_constraint(op.f("ck_invites_answer"), type_="check")
        invites.drop_constraint(op.f("ck_invites_whose"), type_="check")
        invites.drop_constraint("fk_invites_trainer_id_people", type_="foreignkey")
        invites.drop_column("answered_at")
        invites.drop_column("answer")
        invites.drop_column("trainer_id")
        invites.alter_column("booking_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("bookings") as bookings:
        bookings.drop_constraint(op.f("ck_bookings_held"), type_="check")
        bookings.drop_column("held_until")
    with op.batch_alter_table("people") as people:
        people.drop_constraint(op.f("ck_people_calendar_choice"), type_="check")
        people.drop_column("feed_hash")
        people.drop_column("calendar_choice")
