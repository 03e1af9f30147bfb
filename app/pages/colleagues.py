"""Booking for others: a colleague, or several at once."""

from flask import Blueprint

bp = Blueprint("colleagues", __name__)
