"""What somebody's calendar shows after the letters that reached it, as careful mail programs take them (RFC 5546 §3.2).

A REQUEST puts an entry in or replaces it, a CANCEL takes it out. A message that is older than what the calendar has
fails the test: letters about one entry leave in order. A CANCEL for what the calendar never had is kept in
`puzzling`: it changes nothing, but mail programs show it.
"""


class Calendar:
    """`entries`: dict[uid, what the last REQUEST said]. Messages are as `readers` give them."""

    def __init__(self):
        self.entries, self.cancelled, self.puzzling, self._newest = {}, set(), [], {}

    def take_in(self, message):
        uid, sequence = message["uid"], message["sequence"]
        newest = self._newest.get(uid, -1)
        assert sequence >= newest, f"SEQUENCE {sequence} of {uid} arrived after {newest}"
        self._newest[uid] = sequence
        if message["method"] == "CANCEL":
            if self.entries.pop(uid, None) is None:
                self.puzzling.append(message)
            self.cancelled.add(uid)
            return
        assert message["method"] == "REQUEST"
        assert uid not in self.cancelled, f"a REQUEST for {uid}, which was cancelled: mail programs hide it"
        self.entries[uid] = message

    @property
    def shown(self):
        """The entries by time."""
        return sorted(self.entries.values(), key=lambda entry: entry["starts_at"])
