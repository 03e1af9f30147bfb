"""A mail program and its calendar on a CalDAV server, as RFC 5546 and RFC 4791 have them: one PUT or DELETE a message.

A REQUEST that is newer replaces what the server has under its UID, a CANCEL takes it away, an older message changes
nothing. The server keeps what we wrote, but for the METHOD (RFC 4791 §4.1), and finds it again by its own lights.
"""

import base64
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from xml.etree import ElementTree as ET

import icalendar

from tests.notices.mail_server import free_port

CALENDAR = "/nia/calendar/"
NIA = {"Authorization": f"Basic {base64.b64encode(b'nia:any').decode()}"}
QUERY = """<?xml version="1.0"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
  <d:prop><d:getetag/><c:calendar-data/></d:prop>
  <c:filter>
    <c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{which}</c:comp-filter></c:comp-filter>
  </c:filter>
</c:calendar-query>"""


@contextmanager
def serving(folder):
    """Radicale on a port of its own, with an empty calendar in the folder; the client of whoever owns that."""
    port = free_port()
    command = (
        *(sys.executable, "-m", "radicale", "--config", "", "--hosts", f"127.0.0.1:{port}"),
        *("--auth-type", "none", "--storage-filesystem-folder", str(folder), "--logging-level", "warning"),
    )
    server = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        client = Client(port)
        client.wait(server)
        client.say("MKCALENDAR", CALENDAR)
        yield client
    finally:
        server.terminate()
        server.communicate(timeout=10)


class Client:
    def __init__(self, port):
        self.port = port

    def take_in(self, message):
        """A calendar message arrives by mail."""
        calendar = icalendar.Calendar.from_ical(message)
        [event] = calendar.walk("VEVENT")
        uid, method = str(event["UID"]), str(calendar["METHOD"])
        [etag, kept] = self._kept(uid)
        if kept and _age(event) <= _age(kept):
            return
        if method == "CANCEL" and kept:
            self.say("DELETE", _path(uid), if_match=etag)
        if method == "REQUEST":
            unnamed = re.sub(rb"(?m)^METHOD:REQUEST\r\n", b"", message)
            self.say("PUT", _path(uid), unnamed, **({"if_match": etag} if etag else {"if_none_match": "*"}))

    def entries(self, starts_at=None, ends_at=None):
        """The files that the server finds between two instants; all if none are given."""
        which = (
            f'<c:time-range start="{starts_at:%Y%m%dT%H%M%SZ}" end="{ends_at:%Y%m%dT%H%M%SZ}"/>' if starts_at else ""
        )
        return [file.encode() for _, file in self._found(which)]

    def _kept(self, uid):
        """(ETag, event) of what the server has under a UID; ('', None) if nothing."""
        which = f'<c:prop-filter name="UID"><c:text-match collation="i;octet">{uid}</c:text-match></c:prop-filter>'
        for etag, file in self._found(which):
            [event] = icalendar.Calendar.from_ical(file).walk("VEVENT")
            return etag, event
        return "", None

    def _found(self, which):
        answer = ET.fromstring(self.say("REPORT", CALENDAR, QUERY.format(which=which).encode(), depth="1"))
        for one in answer.iter("{DAV:}response"):
            yield one.findtext(".//{DAV:}getetag"), one.findtext(".//{urn:ietf:params:xml:ns:caldav}calendar-data")

    def say(self, method, path, body=b"", **headers):
        """A request that the server must take; its answer."""
        kind = "text/calendar; charset=utf-8" if method == "PUT" else "application/xml; charset=utf-8"
        told = NIA | {"Content-Type": kind} | {name.replace("_", "-").title(): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, told)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, (method, path, answer.status, said)
        return said

    def wait(self, server):
        """Until the server answers."""
        for _ in range(200):
            assert server.poll() is None, server.stderr.read().decode()
            try:
                return self.say("OPTIONS", "/")
            except ConnectionError:
                time.sleep(0.1)
        raise AssertionError("Radicale does not answer")


def _path(uid):
    return f"{CALENDAR}{uid}.ics"


def _age(event):
    """What makes a message newer than another (RFC 5546 §2.1.5)."""
    return event["SEQUENCE"], event["DTSTAMP"].dt
