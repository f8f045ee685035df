// The panel for a new booking or a blocker. Shows the price and the conflicts while the user types.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Refused, newKey } from "../api.js";
import { Check, Choice, Field, Panel, Problem, Times, useDesk, useLoaded } from "../desk.jsx";
import { USUAL, changed, later, money, naive, onClock, span } from "../time.js";
import { AddOns, Answers } from "./extras.jsx";
import { Customer } from "./customer.jsx";
import { Price, useQuote } from "./price.jsx";

export function BookingPanel({ given, date, resources, close, done }) {
  const desk = useDesk();
  const { t, api, organization, language, say, can } = desk;
  const offer = useOffer(api);
  const [isBlocker, setBlocker] = useState(false);
  const [form, setForm] = useState(() => begin(given, date, resources, organization.timezone));
  const [customer, setCustomer] = useState();
  const [anyway, setAnyway] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState();
  const key = useRef();
  const set = (change) => (setForm((before) => ({ ...before, ...change })), setError(undefined), setAnyway(false));

  const services = useMemo(() => offer.services?.filter((each) => !form.resource || offered(each).includes(form.resource)) ?? [], [offer.services, form.resource]);
  const service = services.find((each) => each.id === form.service) ?? (form.service === undefined ? services[0] : undefined);
  const fields = questions(service, organization, offer.fields);
  // The usual length of the service, until the user enters an end.
  useEffect(() => {
    const { min_duration: least } = service?.attributes ?? {};
    if (!form.timed && service) setForm((before) => ({ ...before, end: later(before.start, Math.max(least ?? 0, USUAL)) }));
  }, [service?.id, form.start.date, form.start.time]);

  const body = isBlocker || !service || !form.resource || !offer.isRead ? undefined : order(form, service, customer, fields, organization, anyway);
  const quote = useQuote(api, body);
  useEffect(() => {
    key.current = undefined;
  }, [JSON.stringify(body), isBlocker]);

  const taken = quote.bookings?.flatMap((each) => each.conflicts) ?? [];
  const offers = taken.flatMap((each) => each.meta?.next_free ?? []).slice(0, 3);

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    // The key is the same if the answer was lost or the button is clicked twice, so only one order is placed.
    key.current ??= newKey();
    const headers = { "Idempotency-Key": key.current };
    const draft = event.submitter?.value === "draft";
    setBusy(true), setError(undefined);
    try {
      if (isBlocker) {
        await api.post("bookings", { data: { type: "bookings", attributes: blocker(form, organization) } }, { headers });
        say(t("blocked"));
        return done();
      }
      const { data } = await api.post("orders/from-config", { ...body, expected_total: quote.total, ...(draft && { complete_order: false }) }, { headers });
      say(t("booked", { number: data.attributes.number }));
      done(data.id);
    } catch (failed) {
      if (failed instanceof Refused) key.current = undefined, quote.again();
      setError(failed);
    } finally {
      setBusy(false);
    }
  };

  const ready = isBlocker ? form.resource : body && quote.total !== undefined && (!taken.length || anyway) && !quote.error && !quote.asking;
  const problems = error instanceof Refused && taken.length ? undefined : error;
  return (
    <Panel title={t("newBooking")} close={close}>
      <form class="form" onSubmit={submit}>
        <div class="views" role="group" aria-label={t("newBooking")}>
          <button type="button" aria-pressed={!isBlocker} onClick={() => setBlocker(false)}>{t("booking")}</button>
          <button type="button" aria-pressed={isBlocker} onClick={() => (setBlocker(true), setError(undefined))}>{t("block")}</button>
        </div>
        <Choice label={t("resource")} value={form.resource} onChange={(resource) => set({ resource, service: undefined })} required
          options={[...(resources.some((each) => each.id === form.resource) ? [] : [["", ""]]), ...resources.map((each) => [each.id, each.name])]} />
        {!isBlocker && (
          <Choice label={t("service")} value={service?.id ?? ""} onChange={(service) => set({ service })} required
            options={[...(service ? [] : [["", ""]]), ...services.map((each) => [each.id, each.attributes.name])]} />
        )}
        <Times value={form} zone={organization.timezone} set={(which, change) => set({ ...changed(form, which, change), ...(which === "end" && { timed: true }) })} />
        <Field label={t("quantity")} class="short">
          <input type="number" min="1" max="100000" value={form.quantity} onInput={(event) => set({ quantity: Number(event.currentTarget.value) || 1 })} />
        </Field>
        {isBlocker && (
          <Field label={t("blockTitle")}>
            <input value={form.title} maxLength={200} onInput={(event) => set({ title: event.currentTarget.value })} />
          </Field>
        )}
        {!isBlocker && can("catalog:read") && <Customer value={customer} onChange={(value) => (setCustomer(value), setError(undefined))} />}
        {!isBlocker && offer.isRead && (
          <>
            <Answers fields={fields} answers={form.answers} onChange={(answers) => set({ answers })} />
            <details>
              <summary>{t("more")}</summary>
              <AddOns offered={offer.addOns ?? []} chosen={form.addOns} onChange={(addOns) => set({ addOns })} currency={organization.currency} />
              <Field label={t("voucher")}>
                <input value={form.voucher} maxLength={100} autocomplete="off" onInput={(event) => set({ voucher: event.currentTarget.value })} />
              </Field>
              <Repeats form={form} set={set} />
              <Field label={t("note")}>
                <textarea rows="2" maxLength={2000} value={form.note} onInput={(event) => set({ note: event.currentTarget.value })} />
              </Field>
            </details>
            <Price quote={quote} currency={organization.currency} />
          </>
        )}
        {offers.length > 0 && (
          <fieldset class="offers">
            <legend>{t("nextFree")}</legend>
            {offers.map((each) => (
              <button type="button" key={each.start_date} onClick={() => set(at(each, organization.timezone))}>
                {span(Date.parse(each.start_date), Date.parse(each.end_date), organization.timezone, language)}
              </button>
            ))}
          </fieldset>
        )}
        {taken.length > 0 && <Check label={t("bookAnyway")} checked={anyway} onChange={setAnyway} />}
        {anyway && <p class="warning" role="status">{t("anyway")}</p>}
        <Problem error={problems} unanswered="noAnswerBooking" />
        <footer>
          {!isBlocker && customer?.attributes.email && <Check label={t("notify")} checked={form.notify} onChange={(notify) => setForm((before) => ({ ...before, notify }))} />}
          <button class="main" disabled={!ready || busy}>
            {isBlocker ? t("block") : quote.total === undefined ? t("book") : t("bookFor", { total: money(quote.total, organization.currency, language) })}
          </button>
          {!isBlocker && <button value="draft" disabled={!ready || busy}>{t("asDraft")}</button>}
        </footer>
      </form>
    </Panel>
  );
}

/** The catalog for the form, loaded when the user begins to book. */
function useOffer(api) {
  const lists = ["services", "add-ons", "custom-fields"].map((type) => useLoaded(() => api.all(type), [api]));
  const [services, addOns, fields] = lists.map((each) => each.value);
  return { services, addOns, fields, isRead: lists.every((each) => each.value || each.error) };
}

const offered = (service) => service.relationships.resources.data.map((each) => each.id);

function begin(given, date, resources, zone) {
  const now = onClock(Date.now(), zone);
  const soon = later({ date: now.date, time: `${now.time.slice(0, 2)}:00` }, 60);
  const usual = soon.date > now.date ? { date: soon.date, time: "09:00" } : soon;
  const start = given.start ? onClock(given.start, zone) : date > now.date ? { date, time: "09:00" } : usual;
  return {
    resource: given.resource?.id ?? resources[0]?.id ?? "", service: undefined, start, end: given.end ? onClock(given.end, zone) : later(start, USUAL), timed: Boolean(given.end),
    quantity: 1, addOns: {}, answers: {}, voucher: "", note: "", title: "", notify: true, every: "", times: 4, skip: true,
  };
}

const at = (offer, zone) => ({ start: onClock(Date.parse(offer.start_date), zone), end: onClock(Date.parse(offer.end_date), zone), timed: true });

/** The custom fields that the service and the order ask, and whether each is required. */
function questions(service, organization, fields = []) {
  const asked = (of, map) => Object.entries(map ?? {}).map(([id, required]) => ({ of, required, id, ...fields.find((each) => each.id === id)?.attributes }));
  return [...asked("service_custom_fields", service?.attributes.custom_fields), ...asked("order_custom_fields", organization.order_custom_fields)].filter((each) => each.label);
}

/** The body for `calculate` and `from-config`, with times in the zone of the resource. */
function order(form, service, customer, fields, organization, anyway) {
  const booking = { resource_id: form.resource, service_id: { [service.id]: form.quantity }, start_date: naive(form.start), end_date: naive(form.end) };
  if (form.note) booking.note = form.note;
  const addOns = Object.entries(form.addOns).filter(([, quantity]) => quantity > 0);
  if (addOns.length) booking.booking_add_ons = addOns.map(([add_on_id, quantity]) => ({ add_on_id, quantity }));
  for (const { of, id } of fields) if (form.answers[id] !== undefined && form.answers[id] !== "") (booking[of] ??= {})[id] = form.answers[id];
  if (form.every) booking.recurring = { frequency: form.every, count: form.times, ...(form.skip && { on_conflict: "skip" }) };
  return {
    bookings: [booking], timezone: organization.timezone, notify_customer: Boolean(customer?.attributes.email && form.notify),
    ...(customer && { order_customer_id: customer.id }), ...(form.voucher.trim() && { voucher_code: form.voucher.trim() }), ...(anyway && { check_availability: false }),
  };
}

function blocker(form, organization) {
  return {
    is_blocker: true, resource_id: form.resource, start_date: naive(form.start), end_date: naive(form.end), quantity: form.quantity, timezone: organization.timezone,
    ...(form.title && { title: form.title }),
  };
}

function Repeats({ form, set }) {
  const { t } = useDesk();
  return (
    <>
      <Choice label={t("repeats")} value={form.every} onChange={(every) => set({ every })} options={[["", t("never")], ...["daily", "weekly", "monthly"].map((each) => [each, t(each)])]} />
      {form.every && (
        <>
          <Field label={t("times")} class="short">
            <input type="number" min="2" max="366" value={form.times} onInput={(event) => set({ times: Number(event.currentTarget.value) || 2 })} />
          </Field>
          <Check label={t("skipTaken")} checked={form.skip} onChange={(skip) => set({ skip })} />
        </>
      )}
    </>
  );
}
