"""My teaching: the coming sessions that somebody runs, with how full they are; drafts, published together."""

from flask import Blueprint

bp = Blueprint("manage_timetable", __name__)
