// The plan as a grid of time with a row for each resource, or a column if it is `upright`. Only the rows on the screen are rendered.

import { Component } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useDesk, useEvent } from "../desk.jsx";
import { clock, dayName, span } from "../time.js";
import { ROW, axisOf, box, columnOf, dragged, hoursOf, marks, rowAt, rowsOf, rowsWithin, usage } from "./layout.js";

const BEYOND = 240, STILL = 4;

export function Grid({ plan, upright, all, open, choose, drop, chosen, hint }) {
  const { t, language } = useDesk();
  const frame = useRef();
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [from, setFrom] = useState(0);
  const [ghost, setGhost] = useState();
  const drag = useRef();
  // The room for names and hours: before the axis of time, and beside it.
  const [lead, side] = upright ? [NAMES, CLOCK] : [size.width < 640 ? 112 : 176, HEADER];
  const length = (upright ? size.height - HEADER : size.width) - lead - 2, breadth = (upright ? size.width : size.height) - side;
  const [scrollAlong, scrollAcross] = upright ? ["scrollTop", "scrollLeft"] : ["scrollLeft", "scrollTop"];
  const hours = useMemo(() => hoursOf(plan, all).join(), [plan, all]);
  const axis = useMemo(() => axisOf(plan, hours.split(",").map(Number), Math.max(200, length), upright), [plan.of, hours, length, upright]);
  const rows = useMemo(() => rowsOf(plan, upright ? columnOf(breadth - 2, plan.resources.length) : ROW), [plan, upright, upright && breadth]);
  const height = rows.length ? rows.at(-1).top + rows.at(-1).height : 0;

  useLayoutEffect(() => {
    const measure = () => setSize({ width: frame.current.clientWidth, height: frame.current.clientHeight });
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  // Scrolls to the current time, or else to the opening time.
  useEffect(() => {
    const now = Date.now(), isToday = plan.days.some((day) => day.start <= now && now < day.end);
    if (isToday && axis.width > length) frame.current[scrollAlong] = Math.max(0, axis.x(now) - length / 3);
  }, [plan.of, size.width > 0]);
  const scrolled = () => {
    const row = Math.floor(frame.current[scrollAcross] / BEYOND) * BEYOND;
    if (row !== from) setFrom(row);
  };

  // All rows are rendered while printing.
  const [printing, setPrinting] = useState(false);
  useEvent("beforeprint", () => setPrinting(true));
  useEvent("afterprint", () => setPrinting(false));
  const visible = rowsWithin(rows, printing ? 0 : from - BEYOND, printing ? Infinity : from + breadth + 2 * BEYOND);

  /** Where the pointer is: `x` along the axis of time, `y` across it. */
  const pointer = (event) => {
    const at = frame.current.getBoundingClientRect();
    const right = event.clientX - at.left + frame.current.scrollLeft, lower = event.clientY - at.top + frame.current.scrollTop;
    return upright ? { x: lower - lead, y: right - side } : { x: right - lead, y: lower - side };
  };
  const down = (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const bar = event.target.closest(".bar"), here = pointer(event);
    if (here.x < 0 || here.y < 0) return;
    const row = bar ? Number(bar.dataset.row) : rowAt(rows, here.y);
    if (bar) {
      const booking = plan.bookings.find((each) => each.id === bar.dataset.id);
      // A checked-in booking cannot be dragged, but it can be opened.
      const kind = !drop || booking.is_checked_in ? "look" : event.target.closest(".edge") ? "end" : "move";
      drag.current = { kind, booking, row, ...here };
    } else if (choose && event.target.closest(".track") && !rows[row].resource.archived) {
      drag.current = { kind: "new", row, from: axis.instant(here.x), ...here };
    } else return;
    frame.current.setPointerCapture(event.pointerId);
  };
  const moved = (event) => {
    if (!drag.current || drag.current.kind === "look") return;
    const here = pointer(event);
    if (!drag.current.moving && Math.abs(here.x - drag.current.x) < STILL && Math.abs(here.y - drag.current.y) < STILL) return;
    drag.current.moving = true;
    setGhost(dragged(axis, rows, drag.current, here, event.shiftKey));
  };
  const up = (event) => {
    const done = drag.current;
    drag.current = undefined;
    setGhost(undefined);
    if (!done) return;
    if (!done.moving) {
      if (done.kind === "new") {
        const start = axis.instant(done.x - axis.perHour / 4, axis.perHour < 30 ? 60 * 60_000 : 30 * 60_000);
        return choose(rows[done.row].resource, start);
      }
      return open(done.booking);
    }
    const to = dragged(axis, rows, done, pointer(event), event.shiftKey);
    const { resource } = rows[to.row];
    if (done.kind === "new") return choose(resource, to.start, to.end);
    const before = rows[done.row].resource.id;
    if (to.start !== done.booking.start || to.end !== done.booking.end || resource.id !== before) drop(done.booking, before, resource.id, to.start, to.end);
  };
  // A key press or a tap on a button also causes a click.
  const click = (event) => {
    const bar = event.target.closest(".bar");
    if (event.detail && event.pointerType !== "touch") return;
    if (bar) return open(plan.bookings.find((each) => each.id === bar.dataset.id));
    if (choose && event.target.closest(".track")) {
      const here = pointer(event), { resource } = rows[rowAt(rows, here.y)];
      if (!resource.archived) choose(resource, axis.instant(here.x - axis.perHour / 4, 30 * 60_000));
    }
  };
  const press = (event) => {
    if (event.key === "Escape" && drag.current) drag.current = undefined, setGhost(undefined);
    const bar = event.target.closest(".bar");
    if (!bar || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const at = rows[Number(bar.dataset.row)], n = at.bars.findIndex((each) => each.booking.id === bar.dataset.id);
    const [later, earlier, further, back] = upright ? ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"] : ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"];
    const next = { [later]: [at, n + 1], [earlier]: [at, n - 1], [further]: [below(rows, bar.dataset.row, 1), 0], [back]: [below(rows, bar.dataset.row, -1), 0] }[event.key];
    const found = next[0]?.bars[next[1]];
    if (!found) return;
    const top = next[0].top;
    if (top < frame.current[scrollAcross] || top + next[0].height > frame.current[scrollAcross] + breadth) frame.current[scrollAcross] = top;
    requestAnimationFrame(() => requestAnimationFrame(() => frame.current?.querySelector(`[data-row="${rows.indexOf(next[0])}"][data-id="${found.booking.id}"]`)?.focus()));
  };

  const now = Date.now();
  const nowX = plan.days.some((day) => day.start <= now && now < day.end) ? axis.x(now) : undefined;
  const picked = chosen?.kind === "order" ? chosen.id : undefined;
  return (
    <div class={upright ? "grid upright" : "grid"} ref={frame} onScroll={scrolled} onPointerDown={down} onPointerMove={moved} onPointerUp={up} onPointerCancel={up} onClick={click} onKeyDown={press}>
      <div class="sheet" style={box(axis, 0, lead + axis.width + (upright && hint ? HEADER : 0), 0, side + height + (!upright && hint ? HEADER : 0))}>
        <div class="hours" aria-hidden="true" style={{ [upright ? "width" : "height"]: `${side}px` }}>
          <span class="corner" style={{ [upright ? "height" : "width"]: `${lead}px` }} />
          {marks(plan, axis).map((mark) => (
            <span key={mark.x} class="mark" style={box(axis, lead + mark.x, mark.date ? axis.dayWidth : axis.perHour)}>
              {mark.time ?? dayName(mark.date, language, { weekday: "short", day: "numeric", month: "numeric" })}
            </span>
          ))}
        </div>
        {visible.map((n) => (
          <Row key={rows[n].resource.id} n={n} row={rows[n]} axis={axis} plan={plan} lead={lead} side={side} t={t} language={language} picked={picked} />
        ))}
        {nowX !== undefined && nowX > 0 && <div class="line" style={box(axis, lead + nowX, 0, side, height)} />}
        <p class="hint" style={{ top: `${upright ? lead + axis.width : side + height}px` }}><span>{hint}</span></p>
        {ghost && (
          <div class="ghost" style={box(axis, lead + axis.x(ghost.start), Math.max(6, axis.x(ghost.end) - axis.x(ghost.start)), side + rows[ghost.row].top + 3, rows[ghost.row].height - 6)}>
            {span(ghost.start, ghost.end, plan.zone, language)}
          </div>
        )}
      </div>
    </div>
  );
}

const HEADER = 34, NAMES = 52, CLOCK = 56, THIN = 44;

const initials = (name) => name.split(/\s+/).slice(0, 2).map((each) => [...each][0] ?? "").join("");

function below(rows, from, step) {
  for (let n = Number(from) + step; n >= 0 && n < rows.length; n += step) if (rows[n].bars.length) return rows[n];
}

class Row extends Component {
  /** Skips rendering a row while other rows are dragged or scrolled. */
  shouldComponentUpdate(next) {
    return ["row", "axis", "t", "lead", "picked"].some((name) => next[name] !== this.props[name]);
  }

  render({ n, row, axis, plan, lead, side, t, language, picked }) {
    const { resource } = row;
    const all = [plan.days[0].start, plan.days.at(-1).end];
    const unit = plan.days.length > 1 ? axis.dayWidth : axis.perHour, wide = axis.upright ? 16 : 70, narrow = axis.upright ? 12 : 18;
    const { peak, stretches } = row.several ? usage(resource.levels, ...all) : { stretches: [] };
    return (
      <section class={row.several ? "row several" : "row"} aria-label={resource.name} style={{ [axis.upright ? "left" : "top"]: `${side + row.top}px`, [axis.upright ? "width" : "height"]: `${row.height}px` }}>
        <h2 class="room" style={{ [axis.upright ? "height" : "width"]: `${lead}px` }}>
          <span>{resource.name}</span>
          {row.several && <small>{peak ? t("upTo", { used: peak, all: resource.quantity }) : t("of", { used: 0, all: resource.quantity })}</small>}
        </h2>
        <div class="track" style={box(axis, lead, axis.width)}>
          {resource.open.map(([start, end]) => place(axis, start, end) && <i class="open" key={start} style={place(axis, start, end)} />)}
          <i class="lines" style={{ backgroundSize: axis.upright ? `100% ${unit}px` : `${unit}px 100%` }} />
          {stretches.map(([start, end, used]) => place(axis, start, end) && (
            <span class={used >= resource.quantity ? "level full" : "level"} key={start} style={place(axis, start, end)}>
              {axis.x(end) - axis.x(start) > wide ? t("of", { used, all: resource.quantity }) : axis.x(end) - axis.x(start) > narrow ? used : ""}
            </span>
          ))}
          {row.bars.map(({ booking, lane }) => (
            <Bar key={booking.id} booking={booking} lane={lane} n={n} row={row} axis={axis} plan={plan} t={t} language={language} picked={picked === booking.order_id} />
          ))}
        </div>
      </section>
    );
  }
}

function place(axis, start, end) {
  const length = axis.x(end) - axis.x(start);
  return length > 0 ? box(axis, axis.x(start), length) : undefined;
}

export function kindOf(booking) {
  return booking.is_blocker ? "blocker" : booking.status === "reserved" ? "draft" : booking.is_checked_in ? "here" : "sold";
}

function Bar({ booking, lane, n, row, axis, plan, t, language, picked }) {
  const from = axis.x(booking.start), length = Math.max(6, axis.x(booking.end) - from);
  const before = from - axis.x(booking.start - booking.padding_before * 60_000);
  const after = axis.x(booking.end + booking.padding_after * 60_000) - axis.x(booking.end);
  const name = booking.name ?? (booking.is_blocker ? t("blocker") : t("walkIn"));
  const time = span(booking.start, booking.end, plan.zone, language);
  const said = [
    name, booking.services, row.resource.name, time, booking.expires_at && t("draft", { time: clock(Date.parse(booking.expires_at), plan.zone) }),
    booking.is_override && t("override"), booking.is_checked_in && t("checkedIn"), booking.weight > 1 && `× ${booking.weight}`,
  ].filter(Boolean).join(", ");
  const [width, height] = axis.upright ? [row.laneHeight, length] : [length, row.laneHeight], thin = width < THIN;
  const at = (along, length) => box(axis, along, length, 4 + lane * row.laneHeight, row.laneHeight - 3);
  return (
    <>
      {before > 0 && <i class="padding" style={at(from - before, before)} />}
      {after > 0 && <i class="padding" style={at(from + length, after)} />}
      <button class={`bar ${kindOf(booking)}${picked ? " picked" : ""}${thin ? " thin" : ""}${booking.is_override ? " override" : ""}`} data-id={booking.id} data-row={n} aria-label={said} title={said}
        style={at(from, length)}>
        <b>{thin ? initials(name) : name}{booking.weight > 1 && !thin ? ` × ${booking.weight}` : ""}</b>
        {height > 30 && !thin && <span>{booking.expires_at ? t("draft", { time: clock(Date.parse(booking.expires_at), plan.zone) }) : booking.services}</span>}
        <i class="edge" />
      </button>
    </>
  );
}
