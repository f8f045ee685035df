// The price and the conflicts of the booking in the form. Calls `calculate` again whenever the booking changes.

import { useEffect, useState } from "preact/hooks";
import { Problem, useDesk } from "../desk.jsx";
import { money, span } from "../time.js";

const PAUSE = 250;

/** The price and the conflicts of an order. While a new answer is loading, the last one stays and is marked `asking`. */
export function useQuote(api, body) {
  const asked = body && JSON.stringify({ ...body, notify_customer: undefined });
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!asked) return setState({});
    const gone = new AbortController();
    setState((before) => ({ ...before, asking: true }));
    const timer = setTimeout(async () => {
      try {
        const { data, meta } = await api.post("orders/calculate", JSON.parse(asked), { signal: gone.signal });
        setState({ ...data.attributes, skipped: data.meta?.skipped ?? meta?.skipped ?? [] });
      } catch (error) {
        if (!gone.signal.aborted) setState({ error });
      }
    }, PAUSE);
    return () => (clearTimeout(timer), gone.abort());
  }, [asked, api, turn]);
  return { ...state, again: () => setTurn((before) => before + 1) };
}

export function Price({ quote, currency }) {
  const { t, language, organization } = useDesk();
  const amount = (value) => money(value, currency, language);
  if (quote.error) return <Problem error={quote.error} />;
  if (!quote.bookings) return <p class="price waiting" role="status">{quote.asking ? t("checking") : ""}</p>;
  const items = quote.bookings.flatMap((each) => each.items);
  const conflicts = quote.bookings.flatMap((each) => each.conflicts);
  return (
    <section class={quote.asking ? "price asking" : "price"} aria-live="polite" aria-busy={Boolean(quote.asking)}>
      {conflicts.length > 0 ? (
        <ul class="problem">{[...new Set(conflicts.map((each) => each.detail))].slice(0, 5).map((each) => <li key={each}>{each}</li>)}</ul>
      ) : (
        <p class="fine">✓ {t("available")}{quote.bookings.length > 1 && ` · ${quote.bookings.length} ×`}</p>
      )}
      {quote.skipped.length > 0 && (
        <p class="warning">{t("skipTaken")}: {quote.skipped.map((each) => span(Date.parse(each.start_date), Date.parse(each.end_date), organization.timezone, language)).join("; ")}</p>
      )}
      <Lines items={items} taxes={quote.taxes} discount={quote.discount_amount} total={quote.total} amount={amount} />
    </section>
  );
}

/** The lines of a price, with equal lines combined, and the discount, taxes and total. */
export function Lines({ items, taxes, discount, total, amount }) {
  const { t } = useDesk();
  const lines = new Map();
  for (const each of items) {
    const key = `${each.title ?? each.name}`;
    const line = lines.get(key) ?? { title: key, quantity: 0, total: 0 };
    lines.set(key, { ...line, quantity: line.quantity + each.quantity, total: line.total + each.total + (each.discount_amount ?? 0) });
  }
  return (
    <table class="lines">
      <tbody>
        {[...lines.values()].map((line) => (
          <tr key={line.title}>
            <th scope="row">{line.quantity > 1 ? `${line.quantity} × ` : ""}{line.title}</th>
            <td>{amount(line.total)}</td>
          </tr>
        ))}
        {discount > 0 && <tr><th scope="row">{t("discount")}</th><td>−{amount(discount)}</td></tr>}
        <tr class="total"><th scope="row">{t("total")}</th><td>{amount(total)}</td></tr>
        {taxes.map((tax) => (
          <tr class="tax" key={tax.rate ?? tax.tax_rate}>
            <th scope="row">{t("tax", { rate: tax.rate ?? tax.tax_rate })}</th>
            <td>{amount(tax.tax_amount)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
