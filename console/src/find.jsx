// The results of a search: orders by number, name or email address, and customers.

import { useState } from "preact/hooks";
import { List, useDesk, useLoaded } from "./desk.jsx";
import { OrderPanel } from "./order/panel.jsx";
import { money } from "./time.js";

export function FindPage({ text }) {
  const { t, api, language, can, when } = useDesk();
  const [open, setOpen] = useState();
  const [turn, setTurn] = useState(0);
  const look = { "filter[search]": text, "page[size]": 50 };
  const orders = useLoaded((signal) => api.get("orders", { ...look, sort: "-start_date", include: "customer" }, { signal }), [api, text, turn]);
  // Shown after the orders, which would push the customers from under the pointer.
  const isNext = can("catalog:read") && (orders.value || orders.error);
  const customers = useLoaded(async (signal) => can("catalog:read") && api.get("customers", look, { signal }), [api, text]);
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
        <List loaded={orders}>
          {(order) => (
            <button onClick={() => setOpen(order.id)}>
              <b>{named(order)}</b>
              <span>{order.attributes.number} · {when(order.attributes.start_date, order.attributes.timezone)}</span>
              <span class={`tag ${order.attributes.status}`}>{t(`status_${order.attributes.status}`)}</span>
              <span class="sum">{money(order.attributes.total, order.attributes.currency, language)}</span>
            </button>
          )}
        </List>
        {isNext && <h2>{t("customers")}</h2>}
        {isNext && (
          <List loaded={customers}>
            {({ id, attributes }) => (
              <a href={`#/catalog/customers/${id}`}>
                <b>{attributes.full_name || attributes.company || attributes.email}</b>
                <span>{[attributes.email, attributes.phone, attributes.company].filter(Boolean).join(" · ")}</span>
              </a>
            )}
          </List>
        )}
      </div>
      {open && <OrderPanel key={open} id={open} resources={[]} close={() => setOpen(undefined)} changed={() => setTurn(turn + 1)} />}
    </div>
  );
}
