// What ical.js (Thunderbird's and Nextcloud's parser) makes of calendar files.
// In: a JSON list of files in base64. Out: a JSON list of what each of their events says. Zones come from the file's own VTIMEZONE.
import ICAL from "ical.js";

function time(event, name) {
  const value = event.getFirstPropertyValue(name);
  if (value.zone === ICAL.Timezone.localTimezone) {
    throw new Error(`${name} has no zone: ${value}`);
  }
  return {
    instant: new Date(value.toUnixTime() * 1000).toISOString(),
    wall: value.toString().replace("Z", ""),
    tzid: value.zone.tzid,
  };
}

function read(bytes) {
  const calendar = new ICAL.Component(ICAL.parse(bytes.toString("utf8")));
  return calendar.getAllSubcomponents("vevent").map((event) => tell(calendar, event));
}

function tell(calendar, event) {
  const text = (name) => event.getFirstPropertyValue(name) ?? "";
  return {
    method: calendar.getFirstPropertyValue("method") ?? "",
    uid: text("uid"),
    sequence: text("sequence"),
    dtstart: time(event, "dtstart"),
    dtend: time(event, "dtend"),
    summary: text("summary"),
    location: text("location"),
    description: text("description"),
    status: text("status"),
    attendee: text("attendee"),
    organizer: text("organizer"),
  };
}

const chunks = [];
for await (const chunk of process.stdin) {
  chunks.push(chunk);
}
const files = JSON.parse(Buffer.concat(chunks).toString("utf8"));
process.stdout.write(JSON.stringify(files.flatMap((file) => read(Buffer.from(file, "base64")))));
