"""Courses' trainers and booking times, rooms that are shared, retired or closed for a time, the register.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course_trainers",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_course_trainers_course_id_courses", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_course_trainers_person_id_people"),
        sa.PrimaryKeyConstraint("course_id", "person_id", name="pk_course_trainers"),
    )
    op.create_index("ix_course_trainers_person_id", "course_trainers", ["person_id"])
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_session_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("walk_in", sa.String(length=120), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("mark IN ('attended', 'part', 'apologies', 'absent')", name=op.f("ck_marks_mark")),
        sa.CheckConstraint("(booking_id IS NULL) = (walk_in <> '')", name=op.f("ck_marks_walk_in")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_marks_booking_id_bookings", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["marked_by_id"], ["people.id"], name="fk_marks_marked_by_id_people"),
        sa.ForeignKeyConstraint(
            ["training_session_id"], ["training_sessions.id"], name="fk_marks_training_session_id_training_sessions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
    )
    op.create_index("ix_marks_training_session_id", "marks", ["training_session_id"])
    op.create_index("uq_marks_booking_id", "marks", ["booking_id"], unique=True)
    # A default only for the rows that are there: the classes give their own to new ones.
    with op.batch_alter_table("courses") as courses:
        courses.add_column(sa.Column("minimum", sa.Integer(), nullable=False, server_default="0"))
        courses.add_column(sa.Column("opens_days_before", sa.Integer(), nullable=True))
        courses.add_column(sa.Column("closes_hours_before", sa.Integer(), nullable=False, server_default="0"))
        courses.create_check_constraint(op.f("ck_courses_minimum"), "minimum BETWEEN 0 AND places")
        courses.create_check_constraint(op.f("ck_courses_window"), "opens_days_before > 0 AND closes_hours_before >= 0")
    with op.batch_alter_table("rooms") as rooms:
        rooms.add_column(sa.Column("booked_with", sa.String(length=200), nullable=False, server_default=""))
        rooms.add_column(sa.Column("is_retired", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("slots") as slots:
        slots.add_column(sa.Column("closed_why", sa.String(length=200), nullable=False, server_default=""))
        slots.alter_column("training_session_id", existing_type=sa.Integer(), nullable=True)
        slots.create_check_constraint(op.f("ck_slots_closure"), "(training_session_id IS NULL) = (closed_why <> '')")
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.alter_column(column, server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM slots WHERE training_session_id IS NULL")  # the tables before know no closures
    with op.batch_alter_table("slots") as slots:
        slots.drop_constraint(op.f("ck_slots_closure"), type_="check")
        slots.alter_column("training_session_id", existing_type=sa.Integer(), nullable=False)
        slots.drop_column("closed_why")
    with op.batch_alter_table("rooms") as rooms:
        rooms.drop_column("is_retired")
        rooms.drop_column("booked_with")
    with op.batch_alter_table("courses") as courses:
        courses.drop_constraint(op.f("ck_courses_window"), type_="check")
        courses.drop_constraint(op.f("ck_courses_minimum"), type_="check")
        courses.drop_column("closes_hours_before")
        courses.drop_column("opens_days_before")
        courses.drop_column("minimum")
    op.drop_table("marks")
    op.drop_table("course_trainers")


ADDED = {
    "courses": ("minimum", "closes_hours_before"),
    "rooms": ("booked_with", "is_retired"),
    "slots": ("closed_why",),
}
