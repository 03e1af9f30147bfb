"""What a visit costs over the wire: a locked-down desktop behind a slow line, a phone on a ward's basement."""

from datetime import timedelta

from tests import make

MOST_BYTES, MOST_REQUESTS = 60_000, 4


class Meter:
    """Counts what comes over the wire, as the browser's network log has it: headers too, compressed as sent."""

    def __init__(self, screen):
        self.bytes, self.asked, self.kept = {}, {}, set()
        self.log = screen.context.new_cdp_session(screen.page)
        self.log.on("Network.requestWillBeSent", lambda e: self.asked.update({e["requestId"]: e["request"]["url"]}))
        self.log.on("Network.requestServedFromCache", lambda e: self.kept.add(e["requestId"]))
        self.log.on("Network.responseReceived", self._answered)
        self.log.on("Network.loadingFinished", lambda e: self.bytes.update({e["requestId"]: e["encodedDataLength"]}))
        self.log.send("Network.enable")

    def _answered(self, event):
        if event["response"].get("fromDiskCache"):
            self.kept.add(event["requestId"])

    def fetched(self):
        """{address: bytes} of what had to be fetched since last asked."""
        fetched = {url: self.bytes.get(number, 0) for number, url in self.asked.items() if number not in self.kept}
        self.asked, self.bytes, self.kept = {}, {}, set()
        return fetched


def test_a_first_visit_is_light_and_a_later_one_is_the_page_alone(office, screen):
    course, trainer = make.course(), make.trainer()
    for number in range(50):
        starts_at = make.IN_TWO_WEEKS + timedelta(days=number // 2, hours=number % 2 * 3)
        make.training_session(course=course, trainers=[trainer], starts_at=starts_at)
    meter = Meter(screen)

    screen.open("/").page.wait_for_load_state("networkidle")
    first = meter.fetched()
    screen.open("/courses/").page.wait_for_load_state("networkidle")
    later = meter.fetched()

    assert sum(first.values()) <= MOST_BYTES, first
    assert len(first) <= MOST_REQUESTS, first
    assert list(later) == [f"{screen.base}/courses/"]
