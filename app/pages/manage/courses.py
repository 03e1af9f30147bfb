"""Posting a course, saved step by step; preview, publish, copy, archive."""

from flask import Blueprint

bp = Blueprint("manage_courses", __name__)
