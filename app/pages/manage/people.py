"""People and their roles: add, edit, put two records of one person together."""

from flask import Blueprint

bp = Blueprint("manage_people", __name__)
