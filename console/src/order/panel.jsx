// The panel of an order: its bookings with their actions, lines, taxes, notes, and customer.

import { useState } from "preact/hooks";
import { Lines } from "../booking/price.jsx";
import { Check, Choice, Field, Panel, Problem, Sure, Times, useAction, useDesk, useLoaded } from "../desk.jsx";
import { History } from "../trail.jsx";
import { Messages } from "./messages.jsx";
import { changed, money, naive, onClock, span } from "../time.js";

const SHOWN = "bookings,bookings.resources,bookings.services,customer";

export function OrderPanel({ id, booking, resources, close, changed }) {
  const { t, api, language, can, say, when } = useDesk();
  const [turn, setTurn] = useState(0);
  const { busy, error, act: attempt } = useAction();
  const loaded = useLoaded((signal) => api.get(`orders/${id}`, { include: SHOWN }, { signal }), [api, id, turn]);
  /** Performs an action, shows a message, and reloads the order. */
  const act = (run, word) => attempt(() => run().then(() => word && say(t(word))).finally(() => (setTurn(turn + 1), changed())));
  if (!loaded.value) return <Panel title={t("order")} close={close}>{loaded.error ? <Problem error={loaded.error} /> : <p class="waiting" role="status">{t("loading")}</p>}</Panel>;

  const { data, included = [] } = loaded.value, { attributes: order } = data;
  const find = (type, id) => included.find((each) => each.type === type && each.id === id)?.attributes;
  const customer = data.relationships.customer.data && find("customers", data.relationships.customer.data.id);
  const all = included.filter((each) => each.type === "bookings");
  const bookings = [...all].sort((a, b) => (b.id === booking) - (a.id === booking) || (a.attributes.start_date < b.attributes.start_date ? -1 : 1));
  const isBlocker = all.length > 0 && all.every((each) => each.attributes.is_blocker);
  const live = order.status === "completed" || order.status === "draft";
  // Canceling the last booking cancels its order.
  const several = all.filter(({ attributes: of }) => isLive(of) && !of.is_sub_booking).length > 1;
  return (
    <Panel title={isBlocker ? t("blocker") : `${t("order")} ${order.number}`} close={close}>
      <p class="standing">
        <span class={`tag ${order.status}`}>{t(isBlocker && order.status === "completed" ? "blocker" : `status_${order.status}`)}</span>
        {order.status === "draft" && order.expires_at && <small>{t("draft", { time: when(order.expires_at, order.timezone) })}</small>}
      </p>
      {customer && (
        <address>
          <b>{customer.full_name || customer.company || customer.email}</b>
          {customer.full_name && customer.company && <span>{customer.company}</span>}
          {customer.email && <a href={`mailto:${customer.email}`}>{customer.email}</a>}
          {(customer.phone || customer.mobile) && <a href={`tel:${customer.phone || customer.mobile}`}>{customer.phone || customer.mobile}</a>}
          {customer.notes && <small>{customer.notes}</small>}
        </address>
      )}
      <Problem error={error ?? loaded.error} />
      <ul class="bookings">
        {bookings.slice(0, 50).map((each) => (
          <Booking key={each.id} booking={each} find={find} resources={resources} act={act} busy={busy} may={can("orders:write") && live} hasMail={included.some((one) => one.type === "customers" && one.attributes.email)} />
        ))}
      </ul>
      {!isBlocker && <Lines items={data.meta.items ?? []} taxes={order.taxes} discount={order.discount_amount} total={order.total} amount={(value) => money(value, order.currency, language)} />}
      <Note key={`${id} ${order.note}`} note={order.note} may={can("orders:write")} save={(note) => act(() => api.patch("orders", id, { note: note || null }), "saved")} />
      <footer>
        {order.status === "draft" && can("orders:write") && (
          <button class="main" disabled={busy} onClick={() => act(() => api.post(`orders/${id}/complete`, { expected_total: order.total }), "saved")}>{t("complete")}</button>
        )}
        {order.status === "completed" && customer?.email && can("orders:notify") && (
          <button disabled={busy} onClick={() => act(() => api.post(`orders/${id}/resend-mail`), "sent")}>{t("resend")}</button>
        )}
        {live && several && can("orders:write") && (
          <Cancel text={t("cancelOrder")} told={customer?.email && order.status === "completed"} yes={t("yes")} run={(notify) => act(() => api.post(`orders/${id}/cancel?notify_customer=${notify}`), "canceled")} />
        )}
      </footer>
      <History id={id} turn={turn} /> {/* What is loaded later comes last: it must not move what somebody is about to click. */}
      {!isBlocker && <Messages order={data} customer={customer} turn={turn} act={act} busy={busy} />}
    </Panel>
  );
}

const isLive = ({ status }) => status === "accepted" || status === "reserved", isTime = ({ errors }) => errors?.some((each) => each.source?.pointer === "/data/attributes/start_date");

function Booking({ booking: { id, attributes: of, relationships }, find, resources, act, busy, may, hasMail }) {
  const { t, api, language } = useDesk();
  const [moving, setMoving] = useState(false);
  const names = (type, named) => named.map((each) => find(type, each.id)?.name).filter(Boolean).join(", ");
  const live = isLive(of), told = hasMail && !of.is_blocker && of.status === "accepted";
  const call = (method, path, word) => () => act(() => api.call(method, `bookings/${id}/${path}`), word);
  return (
    <li class={live ? undefined : "gone"}>
      <p>
        <b>{span(Date.parse(of.start_date), Date.parse(of.end_date), of.timezone, language)}</b>
        <span>
          {[of.is_blocker ? of.title || t("blocker") : names("services", relationships.services.data), names("resources", relationships.resources.data), of.quantity > 1 && `× ${of.quantity}`]
            .filter(Boolean).join(" · ")}
        </span>
        {!live && <span class="tag canceled">{t(`status_${of.status}`)}</span>}
        {of.check_in_date && <span class="tag here">{t("checkedIn")} {onClock(Date.parse(of.check_in_date), of.timezone).time}{of.check_out_date && `–${onClock(Date.parse(of.check_out_date), of.timezone).time}`}</span>}
        {of.is_series && <span class="tag">{t("series")}</span>}
        {of.is_override && <span class="tag warning">{t("override")}</span>}
        {Object.values(of.custom_entry_map).map((each) => <small key={each.label}>{each.label}: {each.formatted_value}</small>)}
        {[of.note, of.customer_note, of.description].filter(Boolean).map((each) => <small key={each}>{each}</small>)}
      </p>
      {may && live && !of.is_sub_booking && (
        <div class="actions">
          {of.status === "accepted" && !of.is_blocker && (of.check_in_date
            ? of.check_out_date
              ? <button disabled={busy} onClick={call("DELETE", "check-out")}>{t("undoCheckOut")}</button>
              : <><button disabled={busy} onClick={call("POST", "check-out")}>{t("checkOut")}</button><button class="plain" disabled={busy} onClick={call("DELETE", "check-in")}>{t("undoCheckIn")}</button></>
            : <button disabled={busy} onClick={call("POST", "check-in")}>{t("checkIn")}</button>)}
          <button aria-expanded={moving} disabled={busy} onClick={() => setMoving(!moving)}>{t("move")}</button>
          <Cancel text={t(of.is_blocker ? "removeBlocker" : "cancelBooking")} told={told} yes={of.is_blocker ? undefined : t("yes")}
            run={(notify) => act(() => api.post(`bookings/${id}/cancel?notify_customer=${notify}`), of.is_blocker ? "unblocked" : "canceled")} />
        </div>
      )}
      {moving && <Move id={id} of={of} relationships={relationships} resources={resources} told={told} act={(run) => act(() => run().then(() => setMoving(false)), "saved")} />}
    </li>
  );
}

function Move({ id, of, relationships, resources, told, act }) {
  const { t, api } = useDesk();
  const place = (instant) => onClock(Date.parse(instant), of.timezone);
  const [to, setTo] = useState({ start: place(of.start_date), end: place(of.end_date), resource: relationships.resource.data?.id });
  const [notify, setNotify] = useState(true), [anyway, setAnyway] = useState(); // Undefined until the API has refused the time.
  const set = (change) => (setTo({ ...to, ...change }), setAnyway(undefined));
  const submit = (event) => {
    event.preventDefault();
    const kept = relationships.resources.data.slice(1), others = kept.some((each) => each.id === to.resource) ? kept.filter((each) => each.id !== to.resource) : kept;
    const longer = Date.parse(`${naive(to.end)}Z`) - Date.parse(`${naive(to.start)}Z`) !== Date.parse(of.end_date) - Date.parse(of.start_date);
    act(() => api.patch("bookings", id, { start_date: naive(to.start), end_date: naive(to.end), timezone: of.timezone, recalculate_price: longer && !of.is_blocker, ...(told && { notify_customer: notify }), ...(anyway && { check_availability: false }) },
      { resources: { data: [{ type: "resources", id: to.resource }, ...others] } }).catch((error) => { setAnyway(isTime(error) ? anyway ?? false : undefined); throw error; }));
  };
  return (
    <form class="form" onSubmit={submit}>
      <Times value={to} zone={of.timezone} set={(which, change) => set(changed(to, which, change))} />
      {resources.length > 0 && (
        <Choice label={t("resource")} value={to.resource} onChange={(resource) => set({ resource })} options={resources.map((each) => [each.id, each.name])} />
      )}
      {anyway !== undefined && <Check label={t("moveAnyway")} checked={anyway} onChange={setAnyway} />} {told && <Check label={t("notifyChange")} checked={notify} onChange={setNotify} />}
      <button class="main">{t("move")}</button>
    </form>
  );
}

function Cancel({ text, told, yes, run }) {
  const { t } = useDesk();
  const [notify, setNotify] = useState(true);
  return (
    <Sure text={text} yes={yes} run={() => run(Boolean(told && notify))}>
      {told && <Check label={t("notifyChange")} checked={notify} onChange={setNotify} />}
    </Sure>
  );
}

function Note({ note, may, save }) {
  const { t } = useDesk();
  const [text, setText] = useState(note ?? "");
  if (!may) return note ? <p class="note">{note}</p> : null;
  return (
    <div class="note">
      <Field label={t("note")}>
        <textarea rows="2" maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      {text !== (note ?? "") && <button onClick={() => save(text)}>{t("save")}</button>}
    </div>
  );
}
