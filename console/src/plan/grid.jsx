// The plan as a grid of time with a row for each resource. Only the rows on the screen are rendered.

import { Component } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useDesk } from "../desk.jsx";
import { clock, dayName, span } from "../time.js";
import { axisOf, dragged, hoursOf, marks, rowAt, rowsOf, rowsWithin, usage } from "./layout.js";

const BEYOND = 240, STILL = 4;

export function Grid({ plan, all, open, choose, drop, chosen, hint }) {
  const { t, language } = useDesk();
  const frame = useRef();
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [from, setFrom] = useState(0);
  const [ghost, setGhost] = useState();
  const drag = useRef();
  const head = size.width < 640 ? 112 : 176;
  const hours = useMemo(() => hoursOf(plan, all).join(), [plan, all]);
  const axis = useMemo(() => axisOf(plan, hours.split(",").map(Number), Math.max(200, size.width - head - 2)), [plan.of, hours, size.width, head]);
  const rows = useMemo(() => rowsOf(plan), [plan]);
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
    if (isToday && axis.width > size.width - head) frame.current.scrollLeft = Math.max(0, axis.x(now) - (size.width - head) / 3);
  }, [plan.of, size.width > 0]);
  const scrolled = () => {
    const row = Math.floor(frame.current.scrollTop / BEYOND) * BEYOND;
    if (row !== from) setFrom(row);
  };

  const printing = usePrinting();
  const visible = rowsWithin(rows, printing ? 0 : from - BEYOND, printing ? Infinity : from + size.height + 2 * BEYOND);

  const pointer = (event) => {
    const box = frame.current.getBoundingClientRect();
    return {
      x: event.clientX - box.left + frame.current.scrollLeft - head,
      y: event.clientY - box.top + frame.current.scrollTop - HEADER,
    };
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
    } else if (choose && event.target.closest(".track")) {
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
      const here = pointer(event);
      choose(rows[rowAt(rows, here.y)].resource, axis.instant(here.x - axis.perHour / 4, 30 * 60_000));
    }
  };
  const press = (event) => {
    if (event.key === "Escape" && drag.current) drag.current = undefined, setGhost(undefined);
    const bar = event.target.closest(".bar");
    if (!bar || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const at = rows[Number(bar.dataset.row)], n = at.bars.findIndex((each) => each.booking.id === bar.dataset.id);
    const next = { ArrowRight: [at, n + 1], ArrowLeft: [at, n - 1], ArrowDown: [below(rows, bar.dataset.row, 1), 0], ArrowUp: [below(rows, bar.dataset.row, -1), 0] }[event.key];
    const found = next[0]?.bars[next[1]];
    if (!found) return;
    const top = next[0].top;
    if (top < frame.current.scrollTop || top + next[0].height > frame.current.scrollTop + size.height - HEADER) frame.current.scrollTop = top;
    requestAnimationFrame(() => requestAnimationFrame(() => frame.current?.querySelector(`[data-row="${rows.indexOf(next[0])}"][data-id="${found.booking.id}"]`)?.focus()));
  };

  const now = Date.now();
  const nowX = plan.days.some((day) => day.start <= now && now < day.end) ? axis.x(now) : undefined;
  const picked = chosen?.kind === "order" ? chosen.id : undefined;
  return (
    <div class="grid" ref={frame} onScroll={scrolled} onPointerDown={down} onPointerMove={moved} onPointerUp={up} onPointerCancel={up} onClick={click} onKeyDown={press}>
      <div class="sheet" style={{ width: `${head + axis.width}px`, height: `${HEADER + height + (hint ? HEADER : 0)}px` }}>
        <div class="hours" aria-hidden="true" style={{ height: `${HEADER}px` }}>
          <span class="corner" style={{ width: `${head}px` }} />
          {marks(plan, axis).map((mark) => (
            <span key={mark.x} class={mark.date ? "mark date" : "mark"} style={{ left: `${head + mark.x}px`, width: mark.date && `${axis.dayWidth}px` }}>
              {mark.time ?? dayName(mark.date, language, { weekday: "short", day: "numeric", month: "numeric" })}
            </span>
          ))}
        </div>
        {visible.map((n) => (
          <Row key={rows[n].resource.id} n={n} row={rows[n]} axis={axis} plan={plan} head={head} t={t} language={language} picked={picked} />
        ))}
        {nowX !== undefined && nowX > 0 && <div class="line" style={{ left: `${head + nowX}px`, top: `${HEADER}px`, height: `${height}px` }} />}
        <p class="hint" style={{ top: `${HEADER + height}px` }}><span>{hint}</span></p>
        {ghost && (
          <div class="ghost" style={{
            left: `${head + axis.x(ghost.start)}px`, width: `${Math.max(6, axis.x(ghost.end) - axis.x(ghost.start))}px`,
            top: `${HEADER + rows[ghost.row].top + 3}px`, height: `${rows[ghost.row].height - 6}px`,
          }}>
            {span(ghost.start, ghost.end, plan.zone, language)}
          </div>
        )}
      </div>
    </div>
  );
}

const HEADER = 34, THIN = 44;

const initials = (name) => name.split(/\s+/).slice(0, 2).map((each) => [...each][0] ?? "").join("");

function below(rows, from, step) {
  for (let n = Number(from) + step; n >= 0 && n < rows.length; n += step) if (rows[n].bars.length) return rows[n];
}

/** Renders all rows while printing. */
function usePrinting() {
  const [printing, setPrinting] = useState(false);
  const on = useCallback(() => setPrinting(true), []), off = useCallback(() => setPrinting(false), []);
  useEffect(() => {
    addEventListener("beforeprint", on), addEventListener("afterprint", off);
    return () => (removeEventListener("beforeprint", on), removeEventListener("afterprint", off));
  }, [on, off]);
  return printing;
}

class Row extends Component {
  /** Skips rendering a row while other rows are dragged or scrolled. */
  shouldComponentUpdate(next) {
    return ["row", "axis", "t", "head", "picked"].some((name) => next[name] !== this.props[name]);
  }

  render({ n, row, axis, plan, head, t, language, picked }) {
    const { resource } = row;
    const all = [plan.days[0].start, plan.days.at(-1).end];
    const { peak, stretches } = row.several ? usage(resource.levels, ...all) : { stretches: [] };
    return (
      <section class={row.several ? "row several" : "row"} aria-label={resource.name} style={{ top: `${HEADER + row.top}px`, height: `${row.height}px` }}>
        <h2 class="room" style={{ width: `${head}px` }}>
          <span>{resource.name}</span>
          {row.several && <small>{peak ? t("upTo", { used: peak, all: resource.quantity }) : t("of", { used: 0, all: resource.quantity })}</small>}
        </h2>
        <div class="track" style={{ left: `${head}px`, width: `${axis.width}px` }}>
          {resource.open.map(([start, end]) => place(axis, start, end) && <i class="open" key={start} style={place(axis, start, end)} />)}
          <i class="lines" style={{ backgroundSize: `${plan.days.length > 1 ? axis.dayWidth : axis.perHour}px 100%` }} />
          {stretches.map(([start, end, used]) => place(axis, start, end) && (
            <span class={used >= resource.quantity ? "level full" : "level"} key={start} style={place(axis, start, end)}>
              {axis.x(end) - axis.x(start) > 70 ? t("of", { used, all: resource.quantity }) : axis.x(end) - axis.x(start) > 18 ? used : ""}
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
  const left = axis.x(start), width = axis.x(end) - left;
  return width > 0 ? { left: `${left}px`, width: `${width}px` } : undefined;
}

export function kindOf(booking) {
  return booking.is_blocker ? "blocker" : booking.status === "reserved" ? "draft" : booking.is_checked_in ? "here" : "sold";
}

function Bar({ booking, lane, n, row, axis, plan, t, language, picked }) {
  const left = axis.x(booking.start), width = Math.max(6, axis.x(booking.end) - left);
  const before = left - axis.x(booking.start - booking.padding_before * 60_000);
  const after = axis.x(booking.end + booking.padding_after * 60_000) - axis.x(booking.end);
  const name = booking.name ?? (booking.is_blocker ? t("blocker") : t("walkIn"));
  const time = span(booking.start, booking.end, plan.zone, language);
  const said = [
    name, booking.services, row.resource.name, time, booking.expires_at && t("draft", { time: clock(Date.parse(booking.expires_at), plan.zone) }),
    booking.is_override && t("override"), booking.is_checked_in && t("checkedIn"), booking.weight > 1 && `× ${booking.weight}`,
  ].filter(Boolean).join(", ");
  const top = 4 + lane * row.laneHeight, thin = width < THIN;
  const style = { top: `${top}px`, height: `${row.laneHeight - 3}px` };
  return (
    <>
      {before > 0 && <i class="padding" style={{ ...style, left: `${left - before}px`, width: `${before}px` }} />}
      {after > 0 && <i class="padding" style={{ ...style, left: `${left + width}px`, width: `${after}px` }} />}
      <button class={`bar ${kindOf(booking)}${picked ? " picked" : ""}${thin ? " thin" : ""}${booking.is_override ? " override" : ""}`} data-id={booking.id} data-row={n} aria-label={said} title={said}
        style={{ ...style, left: `${left}px`, width: `${width}px` }}>
        <b>{thin ? initials(name) : name}{booking.weight > 1 && !thin ? ` × ${booking.weight}` : ""}</b>
        {row.laneHeight > 30 && !thin && <span>{booking.expires_at ? t("draft", { time: clock(Date.parse(booking.expires_at), plan.zone) }) : booking.services}</span>}
        <i class="edge" />
      </button>
    </>
  );
}
