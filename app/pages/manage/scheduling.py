"""Putting a session on the timetable: when, where, who, and a check before it is saved."""

from flask import Blueprint

bp = Blueprint("manage_scheduling", __name__)
