"""Calendar files as we meant them, byte by byte, in `golden/`.

After a change that is meant: WRITE_GOLDEN=1 pytest …, then read the diff.
"""

import os
import re
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden")
RANDOM = (r"\bb[0-9a-f]{32}(?=@)", r"(?<=/bookings/)[0-9A-Z]{12}\b")  # a UID, the reference of a booking


def assert_golden(name, file):
    path = GOLDEN / f"{name}.ics"
    if os.environ.get("WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(file)
    assert file.decode() == path.read_bytes().decode()


def without_chance(file):
    """The file with an X for each random letter: lines are as long, and folded in the same places."""
    unfolded = file.decode().replace("\r\n ", "")
    for word in {found for pattern in RANDOM for found in re.findall(pattern, unfolded)}:
        wherever_folded = "((?:\r\n )?)".join(word).encode()
        file = re.sub(wherever_folded, _crossed_out, file)
    return file


def _crossed_out(found):
    return re.sub(rb"[^\r\n ]", b"X", found[0])
