"""What a load balancer or a monitor asks."""

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app import migrating
from app.db import db
from app.door import open_to_all

bp = Blueprint("health", __name__)


@bp.get("/health/live")
@open_to_all
def live() -> Response:
    """The process answers."""
    return Response("ok", mimetype="text/plain")


@bp.get("/health/ready")
@open_to_all
def ready() -> Response:
    """The database answers too, and its migrations are done."""
    try:
        is_ready = migrating.is_up_to_date(db.engine)
    except SQLAlchemyError:
        is_ready = False
    return Response("ok" if is_ready else "not ready", 200 if is_ready else 503, mimetype="text/plain")
