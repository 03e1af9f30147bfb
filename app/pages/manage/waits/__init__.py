"""Who waits for a place, for those who run training: what each waits for, why they have no place yet, whose turn it is.

Those who run a session see who waits for it. Only coordinators change whose turn it is, and each time they say why.
What would help somebody take part is not seen before they have a place.
"""

from app.pages.manage.waits import deeds, demand, why
from app.pages.manage.waits.frame import bp

__all__ = ["bp", "deeds", "demand", "why"]
