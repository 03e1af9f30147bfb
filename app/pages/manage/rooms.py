"""Sites and rooms: add, edit, close for a time, retire."""

from flask import Blueprint

bp = Blueprint("manage_rooms", __name__)
