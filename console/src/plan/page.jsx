// The plan page: the selected days, the view, the bookings, and the panel at the side.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Unanswered } from "../api.js";
import { BookingPanel } from "../booking/panel.jsx";
import { Check, Problem, told, useDesk, useEvent } from "../desk.jsx";
import { OrderPanel } from "../order/panel.jsx";
import { addDays, clock, dayName, dayNames, isDate, iso, monday, onClock, span } from "../time.js";
import { Grid } from "./grid.jsx";
import { read, withMove } from "./layout.js";
import { DayList } from "./list.jsx";

const EVERY = 60_000, VIEWS = ["day", "columns", "week", "list"];
const narrow = () => matchMedia("(max-width: 40rem)").matches;

export function PlanPage({ date, view }) {
  const desk = useDesk();
  const { t, api, go, language, organization, can, say } = desk;
  const today = onClock(Date.now(), organization.timezone).date;
  const day = isDate(date ?? "") ? date : today;
  const how = VIEWS.includes(view) ? view : narrow() ? "list" : "day";
  const first = how === "week" ? monday(day) : day;
  const days = how === "week" ? 7 : 1;
  const [all, setAll] = useState(false);
  const [panel, setPanel] = useState();
  const [filter, setFilter] = useState("");
  const { plan, error, refresh, setPlan } = usePlan(desk, first, days, filter.trim());
  const show = (to, as = how) => go("plan", to, as);
  const mayBook = can("orders:write");

  useEvent("keydown", (event) => {
    if (event.target.closest("input, textarea, select, [role=dialog]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      n: () => mayBook && setPanel({ kind: "new" }), t: () => show(today), d: () => show(day, "day"), c: () => show(day, "columns"), w: () => show(day, "week"), l: () => show(day, "list"),
      ArrowLeft: () => !event.target.closest(".bar") && show(addDays(first, -days)), ArrowRight: () => !event.target.closest(".bar") && show(addDays(first, days)),
    };
    keys[event.key]?.();
    if (event.key === "n") event.preventDefault();
  });

  const shown = useMemo(() => {
    if (!plan || !filter.trim()) return plan;
    const wanted = filter.trim().toLocaleLowerCase();
    return { ...plan, resources: plan.resources.filter((each) => each.name.toLocaleLowerCase().includes(wanted)) };
  }, [plan, filter]);
  const open = useCallback((booking) => setPanel({ kind: "order", id: booking.order_id, booking: booking.id }), []);
  const choose = useCallback((resource, start, end) => setPanel({ kind: "new", resource, start, end, key: start + resource.id }), []);
  const drop = async (booking, from, to, start, end) => {
    const resources = [...new Set(booking.resource_ids.map((id) => (id === from ? to : id)))];
    const before = { start: booking.start, end: booking.end, resource_ids: booking.resource_ids };
    setPlan((plan) => withMove(plan, booking.id, { start, end, resource_ids: resources }));
    const put = (place) =>
      api.patch("bookings", booking.id,
        { start_date: iso(place.start), end_date: iso(place.end), recalculate_price: end - start !== before.end - before.start && !booking.is_blocker },
        { resources: { data: place.resource_ids.map((id) => ({ type: "resources", id })) } });
    const failed = (error) => (say(told(error, t, "noAnswerChange")), refresh());
    try {
      await put({ start, end, resource_ids: resources });
    } catch (error) {
      setPlan((plan) => withMove(plan, booking.id, before));
      return failed(error);
    }
    const when = span(start, end, plan.zone, language);
    say(t("moved", { when }), { text: t("undo"), run: () => put(before).then(() => (say(t("undone")), refresh()), failed) });
    refresh();
  };

  const parts = { day: "numeric", month: "short", year: panel ? undefined : "numeric" };
  const title = how === "week" ? dayNames(first, addDays(first, 6), language, parts) : dayName(day, language, { ...parts, weekday: panel ? "short" : "long" });
  return (
    <div class={panel ? "plan beside" : "plan"}>
      <div class="bar-of-days">
        <h1 title={title}>{title}</h1>
        <div class="days">
          <button aria-label={t("earlier")} onClick={() => show(addDays(first, -days))}>‹</button>
          <button onClick={() => show(today)}>{t("today")}</button>
          <button aria-label={t("later")} onClick={() => show(addDays(first, days))}>›</button>
          <input type="date" aria-label={t("date")} value={day} onChange={(event) => isDate(event.currentTarget.value) && show(event.currentTarget.value)} />
        </div>
        <div class="views" role="group" aria-label={t("plan")}>
          {VIEWS.map((each) => (
            <button key={each} aria-pressed={each === how} onClick={() => show(day, each)}>{t(each)}</button>
          ))}
        </div>
        {how !== "list" && <Check label={t("allHours")} checked={all} onChange={setAll} />}
        {(filter || plan?.resources.length > 12) && (
          <input type="search" class="rooms" aria-label={t("filterRooms")} placeholder={t("filterRooms")} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        )}
        <Now zone={organization.timezone} />
        <button class="plain printing" onClick={() => print()}>{t("print")}</button>
        {mayBook && <button class="main" onClick={() => setPanel({ kind: "new" })} title={t("keys")}>{t("newBooking")}</button>}
      </div>
      {error instanceof Unanswered && plan ? (
        <p class="problem" role="alert">{t("offline", { time: clock(plan.read, organization.timezone) })}</p>
      ) : (
        <Problem error={error} />
      )}
      {!plan && !error && <p class="waiting" role="status">{t("loading")}</p>}
      {plan && !plan.resources.length && <p class="empty">{t("noResources")}</p>}
      {shown && plan.resources.length > 0 && (how === "list"
        ? <DayList plan={shown} open={open} />
        : <Grid key={how} plan={shown} upright={how === "columns"} all={all} open={open} choose={mayBook ? choose : undefined} drop={mayBook ? drop : undefined} chosen={panel} hint={mayBook ? t(narrow() ? "hintTap" : "hintDrag") : ""} />)}
      {panel?.kind === "new" && (
        <BookingPanel key={panel.key ?? "new"} given={panel} date={day} resources={plan?.resources.filter((each) => !each.archived) ?? []} close={() => setPanel(undefined)}
          done={(id) => (refresh(), setPanel(id ? { kind: "order", id } : undefined))} />
      )}
      {panel?.kind === "order" && (
        <OrderPanel key={panel.id} id={panel.id} booking={panel.booking} resources={plan?.resources ?? []} close={() => setPanel(undefined)} changed={refresh} />
      )}
    </div>
  );
}

/** Loads the plan when the days change, after the user's own actions, and every minute while the page is visible. */
function usePlan({ api, t }, first, days, filter) {
  const [state, setState] = useState({});
  const latest = useRef(0);
  // If there are more resources than fit into one plan, only those that match the filter are requested. Otherwise all are loaded already.
  const [tooMany, setTooMany] = useState(false);
  const search = tooMany ? filter : "";
  const load = useCallback(async () => {
    const turn = ++latest.current;
    const time = { start_date: first, end_date: addDays(first, days - 1) };
    const some = async () => {
      const { data } = await api.get("resources", { "filter[search]": search, "page[size]": 100 });
      return api.get("plan", { ...time, resource_id: data.map((each) => each.id).join() || "-" });
    };
    try {
      const answer = await (tooMany ? some() : api.get("plan", time).catch((error) => {
        if (error.errors?.[0].source?.parameter !== "resource_id") throw error;
        setTooMany(true);
        return some();
      }));
      if (turn === latest.current) setState({ plan: { ...read(answer.data, t), read: Date.now(), of: `${first} ${days}` } });
    } catch (error) {
      if (turn === latest.current) setState((before) => ({ ...before, error }));
    }
  }, [api, t, first, days, search, tooMany]);
  const again = () => document.visibilityState === "visible" && load();
  useEffect(() => {
    load();
    const timer = setInterval(again, EVERY);
    return () => clearInterval(timer);
  }, [load]);
  useEvent("visibilitychange", again);
  useEvent("online", again);
  const setPlan = useCallback((change) => setState((before) => ({ ...before, plan: before.plan && change(before.plan) })), []);
  // While other days are loading, the old plan is not shown under the new date.
  const plan = state.plan?.of === `${first} ${days}` ? state.plan : undefined;
  return { plan, error: state.error, refresh: load, setPlan };
}

function Now({ zone }) {
  const { t } = useDesk();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return <span class="now" title={zone}>{clock(now, zone)} <small>{zone.split("/").pop().replaceAll("_", " ")}</small></span>;
}
