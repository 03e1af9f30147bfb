"""Whatever is written into the journal can be read as a sentence."""

import ast
from functools import cache

from app import history
from app.db import Base
from tests.house.checkout import said, tree, under

# What code calls a record, by its table: a deed is told by both.
CALLED = {
    "booking": "bookings",
    "goes": "bookings",
    "course": "courses",
    "made": "courses",
    "each": "training_sessions",
    "training_session": "training_sessions",
    "room": "rooms",
    "site": "sites",
    "person": "people",
    "by": "people",  # what somebody did that is about themselves
    "kept": "people",
    "notice": "notices",
    "reply": "replies",
    "wait": "waits",
    "own": "waits",
}


@cache
def deeds():
    """(where, what code calls the record, what was done) of every line that code writes into the journal.

    What was done is None where it is handed over under a name of its own.
    """
    found = []
    for path in under("app"):
        for call in (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)):
            where = f"{said(path)}:{call.lineno}"
            if is_call_of("record", call):
                words = [node.value for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant)]
                found += [(where, called(call.args[2]), did) for did in words or [None]]
            elif is_call_of("describe", call):
                found.append((where, called(call.args[1]), "described"))
    return found


def is_call_of(name, call):
    """Is it a call of that function of the journal?"""
    return (
        isinstance(call.func, ast.Attribute) and call.func.attr == name and ast.unparse(call.func) == f"journal.{name}"
    )


def called(argument):
    """'training_session' of `act.training_session`."""
    return ast.unparse(argument).rpartition(".")[2]


def test_every_record_of_the_journal_is_known_here_by_its_name():
    assert {(where, name) for where, name, _ in deeds() if name not in CALLED} == set()
    assert set(CALLED.values()) <= set(Base.metadata.tables)


def test_every_deed_has_a_sentence():
    silent = [(where, did) for where, name, did in deeds() if did and (CALLED.get(name), did) not in history.SAID]

    assert silent == []


def test_a_deed_under_a_name_of_its_own_has_its_words_in_the_same_file():
    sentences = {did for _, did in history.SAID}
    silent = []
    for path in under("app"):
        words = {node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)}
        nameless = [where for where, _, did in deeds() if did is None and where.startswith(f"{said(path)}:")]
        silent += [where for where in nameless if not words & sentences]

    assert silent == []


def test_what_somebody_does_to_what_is_theirs_is_said_of_others_too():
    assert set(history.SAID_OF_ONESELF) <= set(history.SAID)
