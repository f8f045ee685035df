// The results of a search: orders by number, name or email address, and customers.

import { useState } from "preact/hooks";
import { Problem, useDesk, useLoaded } from "./desk.jsx";
import { OrderPanel } from "./order/panel.jsx";
import { money, moment } from "./time.js";

export function FindPage({ text }) {
  const { t, api, language, can } = useDesk();
  const [open, setOpen] = useState();
  const [turn, setTurn] = useState(0);
  const look = { "filter[search]": text, "page[size]": 50 };
  const orders = useLoaded((signal) => api.get("orders", { ...look, sort: "-start_date", include: "customer" }, { signal }), [api, text, turn]);
  const customers = useLoaded((signal) => (can("catalog:read") ? api.get("customers", look, { signal }) : Promise.resolve({ data: [] })), [api, text]);
  const named = (order) => {
    const id = order.relationships.customer.data?.id;
    const found = orders.value.included?.find((each) => each.id === id)?.attributes;
    return found?.full_name || found?.email || t("walkIn");
  };
  return (
    <div class={open ? "page beside" : "page"}>
      <div>
        <h1>{t("find")}: {text}</h1>
        <h2>{t("orders")}</h2>
        <Problem error={orders.error} />
        {orders.value?.data.length === 0 && <p class="empty">{t("nothing")}</p>}
        <ul class="found">
          {orders.value?.data.map((order) => (
            <li key={order.id}>
              <button onClick={() => setOpen(order.id)}>
                <b>{named(order)}</b>
                <span>{order.attributes.number} · {moment(Date.parse(order.attributes.start_date), order.attributes.timezone, language)}</span>
                <span class={`tag ${order.attributes.status}`}>{t(`status_${order.attributes.status}`)}</span>
                <span class="sum">{money(order.attributes.total, order.attributes.currency, language)}</span>
              </button>
            </li>
          ))}
        </ul>
        {can("catalog:read") && <h2>{t("customers")}</h2>}
        <Problem error={customers.error} />
        {can("catalog:read") && customers.value?.data.length === 0 && <p class="empty">{t("nothing")}</p>}
        <ul class="found">
          {customers.value?.data.map(({ id, attributes }) => (
            <li key={id}>
              <a href={`#/catalog/customers/${id}`}>
                <b>{attributes.full_name || attributes.company || attributes.email}</b>
                <span>{[attributes.email, attributes.phone, attributes.company].filter(Boolean).join(" · ")}</span>
              </a>
            </li>
          ))}
        </ul>
      </div>
      {open && <OrderPanel key={open} id={open} resources={[]} close={() => setOpen(undefined)} changed={() => setTurn(turn + 1)} />}
    </div>
  );
}
