// A calendar on ical.js: opens the files of some mails, in their order, and tells what is in it then.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new Map(); // UID -> { sequence, master, dates: RECURRENCE-ID -> event, or null where it is canceled }
const read = [];

const instant = (time) => time.toJSDate().toISOString();
for (const path of process.argv.slice(2)) {
  const file = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
  for (const zone of file.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const method = file.getFirstPropertyValue("method");
  const events = file.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each, { strictExceptions: false }));
  read.push({
    method, uids: [...new Set(events.map((each) => each.uid))], events: events.length,
    sequence: Math.max(...events.map((each) => each.sequence)),
    statuses: [...new Set(events.map((each) => each.component.getFirstPropertyValue("status")))],
  });
  for (const event of events) {
    const known = calendar.get(event.uid);
    if (known && event.sequence < known.sequence) continue;
    const entry = known ?? { master: null, dates: new Map() };
    calendar.set(event.uid, entry);
    entry.sequence = event.sequence;
    const gone = method === "CANCEL";
    if (event.recurrenceId) entry.dates.set(instant(event.recurrenceId), gone ? null : event);
    else if (gone) calendar.delete(event.uid);
    else entry.master = event;
  }
}

const dates = [];
const note = (start, end) => dates.push([instant(start), instant(end)]);
for (const { master, dates: changed } of calendar.values()) {
  const left = new Map(changed);
  if (master?.isRecurring()) {
    const every = master.iterator();
    for (let start = every.next(); start; start = every.next()) {
      const replaced = left.get(instant(start));
      left.delete(instant(start));
      if (replaced === undefined) note(start, master.getOccurrenceDetails(start).endDate);
      else if (replaced) note(replaced.startDate, replaced.endDate);
    }
  } else if (master) {
    note(master.startDate, master.endDate);
  }
  for (const event of left.values()) if (event) note(event.startDate, event.endDate);
}
console.log(JSON.stringify({ read, dates: dates.sort() }));
