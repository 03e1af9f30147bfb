"""Everything that names one person made to name another, in whatever table."""

from typing import Any

from sqlalchemy import Column, Table, delete, exists, select, update

from app.db import Base, db
from app.people.tables import Address, Person


def columns_that_name(model: type[Base]) -> list[Column[Any]]:
    """Every column that refers to a record of this kind: those of tables that are added later are among them (D45)."""
    id_ = Base.metadata.tables[model.__tablename__].c.id
    return [column for table in Base.metadata.sorted_tables for column in table.columns if column.references(id_)]


def replace_by(kept: Person, other: Person) -> None:
    """Whatever names the other record names the kept one from now on, and the other is deleted. Both are held.

    Where both may not stand, as two live places on one session, whoever calls has made room. What was read before is
    stale afterwards.
    """
    if kept.address is not None:
        db.session.execute(update(Address).where(Address.person_id == other.id).values(gets_letters=False))
    db.session.flush()  # what follows goes past the records in memory
    # On PostgreSQL, waits for whoever is just adding a row that names them, and keeps others from beginning to.
    db.session.execute(select(Person.id).where(Person.id == other.id).with_for_update())
    for column in columns_that_name(Person):
        _leave_out_twins(column, kept.id, other.id)
        _replace(column.table, column, kept.id, other.id)
    for table in Base.metadata.sorted_tables:
        if "about" in table.c and "about_id" in table.c:
            _replace(table, table.c.about_id, kept.id, other.id, table.c.about == Person.__tablename__)
    other_id = other.id
    db.session.expunge(other)
    db.session.execute(delete(Person).where(Person.id == other_id))
    db.session.expire_all()


def _leave_out_twins(column: Column[Any], kept_id: int, other_id: int) -> None:
    """Where a person stands once, as among the trainers of a session, the other's line goes if both have one."""
    if not column.primary_key:
        return
    twin = column.table.alias()
    beside = (twin.c[part.name] == part for part in column.table.primary_key if part is not column)
    has_twin = exists().where(twin.c[column.name] == kept_id, *beside)
    db.session.execute(delete(column.table).where(column == other_id, has_twin))


def _replace(table: Table, column: Column[Any], kept_id: int, other_id: int, *only: Any) -> None:
    db.session.execute(update(table).where(column == other_id, *only).values({column.name: kept_id}))
