"""The waiting list: waits, the dates they name, offers; what courses say of offers and of confirming.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE, OPEN = sa.text("state = 'waiting'"), sa.text("state = 'open'")
ADDED = {
    "courses": ("last_few", "asks_to_confirm"),
    "people": ("hears_of_full",),
    "training_sessions": ("is_said_full",),
}


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_still_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wants", sa.String(length=8), nullable=False),
        sa.Column("books_at_once", sa.Boolean(), nullable=False),
        sa.Column("would_suit", sa.String(length=300), nullable=False),
        sa.Column("instead_of_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("access_needs", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'booked', 'left', 'ended')", name=op.f("ck_waits_state")),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_waits_ended")),
        sa.CheckConstraint("wants IN ('these', 'any', 'new')", name=op.f("ck_waits_wants")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_waits_course_id_courses"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_waits_person_id_people"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name="fk_waits_asked_by_id_people"),
        sa.ForeignKeyConstraint(
            ["instead_of_id"], ["training_sessions.id"], name="fk_waits_instead_of_id_training_sessions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waits"),
        sa.UniqueConstraint("ref", name="uq_waits_ref"),
    )
    op.create_index(
        "uq_waits_live", "waits", ["course_id", "person_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_index(
        "ix_waits_line", "waits", ["course_id", "ranked_at", "id"], sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_index("ix_waits_person_id_state", "waits", ["person_id", "state"])
    op.create_table(
        "wait_dates",
        sa.Column("wait_id", sa.Integer(), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"], name="fk_wait_dates_wait_id_waits", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["training_session_id"],
            ["training_sessions.id"],
            name="fk_wait_dates_training_session_id_training_sessions",
        ),
        sa.PrimaryKeyConstraint("wait_id", "training_session_id", name="pk_wait_dates"),
    )
    op.create_index("ix_wait_dates_training_session_id", "wait_dates", ["training_session_id"])
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("wait_id", sa.Integer(), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ranked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')", name=op.f("ck_offers_state")
        ),
        sa.CheckConstraint("how IN ('asked', 'booked', 'given')", name=op.f("ck_offers_how")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_offers_answered")),
        sa.CheckConstraint("how = 'asked' OR state = 'accepted'", name=op.f("ck_offers_unasked")),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"], name="fk_offers_wait_id_waits"),
        sa.ForeignKeyConstraint(
            ["training_session_id"], ["training_sessions.id"], name="fk_offers_training_session_id_training_sessions"
        ),
        sa.ForeignKeyConstraint(["given_by_id"], ["people.id"], name="fk_offers_given_by_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
        sa.UniqueConstraint("ref", name="uq_offers_ref"),
    )
    op.create_index("uq_offers_open", "offers", ["wait_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_offers_wait_id", "offers", ["wait_id"])
    op.create_index("ix_offers_training_session_id_state", "offers", ["training_session_id", "state"])
    op.create_index("ix_offers_lapses_at", "offers", ["lapses_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    # A default only for the rows that are there: the classes give their own to new ones.
    with op.batch_alter_table("courses") as courses:
        courses.add_column(sa.Column("offer_hours", sa.Integer(), nullable=True))
        courses.add_column(sa.Column("last_few", sa.Integer(), nullable=False, server_default="3"))
        courses.add_column(sa.Column("asks_to_confirm", sa.Boolean(), nullable=False, server_default=sa.false()))
        courses.create_check_constraint(op.f("ck_courses_offers"), "offer_hours > 0 AND last_few >= 0")
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("hears_of_full", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("bookings") as bookings:
        bookings.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("training_sessions") as sessions:
        sessions.add_column(sa.Column("is_said_full", sa.Boolean(), nullable=False, server_default=sa.false()))
        sessions.add_column(sa.Column("free_told_at", sa.DateTime(timezone=True), nullable=True))
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.alter_column(column, server_default=None)
    # Their trainers have been told already: nobody is told again of what has long been so.
    op.execute("UPDATE training_sessions SET is_said_full = (places_taken >= capacity)")


def downgrade() -> None:
    # A place that is held for somebody is nobody's in the tables before.
    op.execute(
        "UPDATE training_sessions SET places_taken = places_taken - (SELECT count(*) FROM offers"
        " WHERE offers.training_session_id = training_sessions.id AND offers.state = 'open')"
    )
    with op.batch_alter_table("training_sessions") as sessions:
        sessions.drop_column("free_told_at")
        sessions.drop_column("is_said_full")
    with op.batch_alter_table("bookings") as bookings:
        bookings.drop_column("confirmed_at")
    with op.batch_alter_table("people") as people:
        people.drop_column("hears_of_full")
    with op.batch_alter_table("courses") as courses:
        courses.drop_constraint(op.f("ck_courses_offers"), type_="check")
        courses.drop_column("asks_to_confirm")
        courses.drop_column("last_few")
        courses.drop_column("offer_hours")
    op.drop_table("offers")
    op.drop_table("wait_dates")
    op.drop_table("waits")
