// Local times in the zones of resources. Instants are in milliseconds, dates are YYYY-MM-DD, times HH:MM.

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** The length of a booking in minutes, if its service defines none. */
export const USUAL = 60;
const formats = new Map();

function format(zone, language, options) {
  const key = `${zone} ${language} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, { timeZone: zone, ...options }));
  return formats.get(key);
}

/** The local date and time in a zone. */
export function onClock(instant, zone) {
  const shown = format(zone, "en-CA", {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(instant);
  const part = Object.fromEntries(shown.map(({ type, value }) => [type, value]));
  return { date: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
}

/** The instant of a local time in a zone, as typed: YYYY-MM-DDTHH:MM. */
export function instantOf(local, zone) {
  const wanted = Date.parse(`${local}Z`), shown = (instant) => Date.parse(`${naive(onClock(instant, zone))}Z`);
  const near = 2 * wanted - shown(wanted);
  return near + wanted - shown(near);
}

export const clock = (instant, zone) => onClock(instant, zone).time;
export const naive = ({ date, time }) => `${date}T${time}`;
/** The instant of a text of the API's. */
export const at = (iso) => Date.parse(iso);
export const iso = (instant) => new Date(instant).toISOString().replace(".000Z", "Z");

export function addDays(date, days) {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 24 * HOUR).toISOString().slice(0, 10);
}

export const monday = (date) => addDays(date, -((new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7));
export const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`));

/** Adds minutes to a local time without regard to clock changes, for times that users type. */
export function later({ date, time }, minutes) {
  const moved = new Date(Date.parse(`${date}T${time}Z`) + minutes * MINUTE).toISOString();
  return { date: moved.slice(0, 10), time: moved.slice(11, 16) };
}

export const minutesBetween = (from, to) => (Date.parse(`${naive(to)}Z`) - Date.parse(`${naive(from)}Z`)) / MINUTE;

/** The start and end after a change of one of them. Moving the start also moves the end. */
export function changed({ start, end }, which, change) {
  const length = minutesBetween(start, end);
  if (which === "end") return { start, end: { ...end, ...change } };
  return { start: { ...start, ...change }, end: later({ ...start, ...change }, length > 0 ? length : USUAL) };
}

export const dayName = (date, language, options = { weekday: "long", day: "numeric", month: "long" }) =>
  format("UTC", language, options).format(Date.parse(`${date}T00:00Z`));

export const dayNames = (from, to, language, options) =>
  format("UTC", language, options).formatRange(Date.parse(`${from}T00:00Z`), Date.parse(`${to}T00:00Z`));

/** Whether a zone's clock shows another time than that of the person at the desk. */
export const isElsewhere = (instant, zone) => naive(onClock(instant, zone)) !== naive(onClock(instant));

/** The short name of a zone, to follow a time, or nothing if the person's own clock shows the same. */
export function zoneName(instant, zone, language) {
  if (!isElsewhere(instant, zone)) return "";
  const parts = format(zone, language, { timeZoneName: "short" }).formatToParts(instant);
  return ` ${parts.find(({ type }) => type === "timeZoneName").value}`;
}

/** Formats a time span, with only one date if it lies within one day. */
export function span(start, end, zone, language) {
  const from = onClock(start, zone), to = onClock(end, zone), day = { weekday: "short", day: "numeric", month: "short" };
  const first = dayName(from.date, language, day), there = zoneName(start, zone, language);
  return from.date === to.date || (to.time === "00:00" && addDays(from.date, 1) === to.date)
    ? `${first}, ${from.time}–${to.time === "00:00" ? "24:00" : to.time}${there}`
    : `${first}, ${from.time} – ${dayName(to.date, language, day)}, ${to.time}${there}`;
}

export const moment = (instant, zone, language) =>
  format(zone, language, { dateStyle: "medium", timeStyle: "short" }).format(instant) + zoneName(instant, zone, language);

const amounts = new Map();
/** Formats an amount of minor units. */
export function money(amount, currency, language) {
  const key = `${currency} ${language}`;
  if (!amounts.has(key)) amounts.set(key, new Intl.NumberFormat(language, { style: "currency", currency }));
  const { maximumFractionDigits: digits } = amounts.get(key).resolvedOptions();
  return amounts.get(key).format(amount / 10 ** digits);
}
