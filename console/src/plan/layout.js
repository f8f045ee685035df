// The layout of the plan: the visible hours, the lanes of each row, and the rows on the screen. Pure.

import { HOUR, at, onClock } from "../time.js";

const WHOLE = 24;
export const SNAP = 15 * 60_000;

/** Converts an answer of the API: instants to numbers, and lists to maps by id. Archived resources are marked, and come last. */
export function read(plan, t) {
  const { attributes: a } = plan;
  const services = new Map(a.services.map((each) => [each.id, each.name]));
  return {
    now: at(a.now),
    zone: a.timezone,
    days: a.days.map((day) => ({ date: day.date, start: at(day.start_date), end: at(day.end_date) })),
    resources: a.resources
      .map((each) => ({
        ...each, name: each.archived ? `${each.name} (${t("archived")})` : each.name,
        open: each.open.map((time) => [at(time.start_date), at(time.end_date)]),
        levels: each.levels.map((level) => [at(level.at), level.in_use]),
      }))
      .sort((one, other) => one.archived - other.archived || one.name.localeCompare(other.name, undefined, { numeric: true })),
    bookings: a.bookings.map((each) => ({
      ...each,
      start: at(each.start_date),
      end: at(each.end_date),
      services: each.service_ids.map((id) => services.get(id)).filter(Boolean).join(", "),
    })),
  };
}

/** A booking moved to another time or resource, shown until the API has answered. */
export function withMove(plan, id, change) {
  return { ...plan, bookings: plan.bookings.map((each) => (each.id === id ? { ...each, ...change } : each)) };
}

/** The first and last hour at which anything is open or booked; all hours if everything is always open. */
export function hoursOf(plan, all) {
  if (all) return [0, WHOLE];
  let from = WHOLE, to = 0;
  const widen = (start, end) => {
    for (const day of plan.days) {
      const first = Math.max(start, day.start), last = Math.min(end, day.end);
      if (first >= last || last - first >= day.end - day.start) continue;
      from = Math.min(from, Math.floor((first - day.start) / HOUR));
      to = Math.max(to, Math.ceil((last - day.start) / HOUR));
    }
  };
  for (const resource of plan.resources) for (const [start, end] of resource.open) widen(start, end);
  if (from >= to) [from, to] = [8, 18];
  for (const booking of plan.bookings) widen(booking.start, booking.end);
  return [Math.max(0, from), Math.min(WHOLE, to)];
}

/** Converts between instants and pixels. Each day shows the same hours. Time runs to the right, or down if `upright`. */
export function axisOf(plan, [from, to], width, upright) {
  const hours = to - from, many = plan.days.length > 1;
  const perHour = Math.max(many ? 10 : upright ? 40 : 46, width / (hours * plan.days.length));
  const dayWidth = perHour * hours;
  const x = (instant) => {
    for (let n = 0; n < plan.days.length; n++) {
      const { start, end } = plan.days[n];
      if (instant < end || n === plan.days.length - 1) {
        return n * dayWidth + Math.min(dayWidth, Math.max(0, (instant - start) / HOUR - from) * perHour);
      }
    }
    return 0;
  };
  const instant = (pixels, step = SNAP) => {
    const n = Math.min(plan.days.length - 1, Math.max(0, Math.floor(pixels / dayWidth)));
    const after = (from + (pixels - n * dayWidth) / perHour) * HOUR;
    return plan.days[n].start + Math.round(after / step) * step;
  };
  return { perHour, dayWidth, width: dayWidth * plan.days.length, hours: [from, to], x, instant, upright };
}

/** The place of a box that begins at `along` the axis of time, and at `across` it. Without `breadth` it fills its row. */
export function box({ upright }, along, length, across, breadth) {
  const [start, size, side, thickness] = upright ? ["top", "height", "left", "width"] : ["left", "width", "top", "height"];
  const placed = { [start]: `${along}px`, [size]: `${length}px` };
  return breadth === undefined ? placed : { ...placed, [side]: `${across}px`, [thickness]: `${breadth}px` };
}

/** The labels of the axis: the hours of a day, or the days of a week. */
export function marks(plan, axis) {
  if (plan.days.length > 1) return plan.days.map((day, n) => ({ x: n * axis.dayWidth, date: day.date }));
  const [{ start, end }] = plan.days, [from, to] = axis.hours;
  const found = [];
  for (let hour = from; hour < to && start + hour * HOUR < end; hour++) {
    found.push({ x: (hour - from) * axis.perHour, time: onClock(start + hour * HOUR, plan.zone).time });
  }
  return found;
}

const MOST = 8;
// Of a resource: its least height, that of each lane, and that of the line with the number in use.
export const ROW = { one: 46, lane: 24, level: 18 };
/** The same as the widths of columns that fill the screen. */
export const columnOf = (width, number) => ({ one: Math.max(104, Math.floor(width / number)), lane: 48, level: 52 });

/** Arranges the bookings of each resource in lanes, so that none covers another, and computes the heights of the rows. */
export function rowsOf(plan, { one, lane: least, level }) {
  const on = new Map(plan.resources.map((each) => [each.id, []]));
  for (const booking of plan.bookings) for (const id of booking.resource_ids) on.get(id)?.push(booking);
  let top = 0;
  return plan.resources.map((resource) => {
    const ends = [];
    const bars = on.get(resource.id).sort((a, b) => a.start - b.start).map((booking) => {
      let lane = ends.findIndex((end) => end <= booking.start);
      if (lane < 0) lane = ends.length < MOST ? ends.length : ends.indexOf(Math.min(...ends));
      ends[lane] = booking.end;
      return { booking, lane };
    });
    const several = resource.quantity !== 1, lanes = Math.max(1, ends.length), around = 8 + (several ? level : 0);
    const laneHeight = Math.max(least, Math.floor((one - around) / lanes));
    const height = Math.max(one, lanes * laneHeight + around);
    const row = { resource, bars, top, height, laneHeight, several };
    top += height;
    return row;
  });
}

/** Finds the rows between two vertical positions by binary search. */
export function rowsWithin(rows, from, to) {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].top + rows[middle].height > from) high = middle;
    else low = middle + 1;
  }
  const found = [];
  for (let n = low; n < rows.length && rows[n].top < to; n++) found.push(n);
  return found;
}

export const rowAt = (rows, pixels) => rowsWithin(rows, Math.max(0, pixels), Math.max(0, pixels) + 1)[0] ?? rows.length - 1;

/** The maximum in use during a time, and the stretches with their levels. */
export function usage(levels, start, end) {
  const stretches = [];
  let peak = 0;
  for (let n = 0; n < levels.length; n++) {
    const [from, used] = levels[n], to = levels[n + 1]?.[0] ?? Infinity;
    if (from < end && to > start && used) {
      peak = Math.max(peak, used);
      stretches.push([Math.max(from, start), Math.min(to, end), used]);
    }
  }
  return { peak, stretches };
}

/** The change that a drag requests: the booking at the pointer's position with the same length, or with another end. */
export function dragged(axis, rows, drag, pointer, fine) {
  const step = fine ? 5 * 60_000 : SNAP;
  if (drag.kind === "new") {
    const here = axis.instant(pointer.x, step), [start, end] = [Math.min(drag.from, here), Math.max(drag.from, here)];
    return { row: drag.row, start, end: end > start ? end : start + step };
  }
  const { start, end } = drag.booking;
  if (drag.kind === "end") return { row: drag.row, start, end: Math.max(axis.instant(pointer.x, step), start + step) };
  const moved = axis.instant(axis.x(start) + pointer.x - drag.x, step);
  return { row: rowAt(rows, pointer.y), start: moved, end: moved + end - start };
}

