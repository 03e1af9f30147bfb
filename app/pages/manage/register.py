"""The register: to print, to tick, to add who walked in."""

from flask import Blueprint

from app import attendance  # noqa: F401

bp = Blueprint("manage_register", __name__)
