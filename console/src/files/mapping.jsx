// The mapping of a file's columns: the meanings that were found, and the user's corrections.

import { label } from "../catalog/fields.jsx";
import { Choice, useDesk, useLoaded } from "../desk.jsx";

/** The meanings of a column that the page offers. The API has more, for scripts. */
export const TARGETS = {
  bookings: [
    "resource", "service", "date", "start_time", "end_time", "start_date", "end_date", "duration", "nights", "all_day", "customer", "customer_name", "customer_given_name", "customer_family_name",
    "customer_email", "customer_phone", "customer_company", "quantity", "price", "status", "note", "customer_note", "description", "voucher_code", "external_id", "order_ref",
  ],
  customers: ["name", "given_name", "family_name", "email", "phone", "mobile", "company", "notes", "locale", "external_id"],
  resources: ["name", "quantity", "parent", "opening_hours", "description", "slug", "timezone", "external_id"],
  services: ["name", "price", "tax_rate", "resources", "min_duration", "charge_interval", "padding_before", "padding_after", "description", "slug", "external_id"],
};

/** The columns whose values the page can translate: to items of the catalog, or to states. */
const TRANSLATED = { resource: "resources", service: "services", status: ["confirmed", "completed", "canceled", "no_show"] };

/** `value` is the mapping to send. The last check of the file told the meaning of each column, and the cells that nothing matches. */
export function Mapping({ value, onChange, told, unmatched, kind }) {
  const { t, api, language } = useDesk();
  const set = (change) => onChange({ ...value, ...change });
  const is = (column) => (column in (value.columns ?? {}) ? value.columns[column] ?? "" : told[column] ?? "");
  const choose = (column, target) => set({ columns: { ...value.columns, [column]: target || null } });
  const choice = (name, options) => (
    <Choice label={t(`map_${name}`)} class="short" value={value[name] ?? ""} onChange={(chosen) => set({ [name]: chosen || undefined })}
      options={[["", t("map_auto")], ...options.map((each) => [each, t(`map_${each}`)])]} />
  );
  return (
    <section class="mapping">
      <h2>{t("mapping")}</h2>
      {Object.keys(told).length > 0 && (
        <Meanings heads={[t("column"), t("means")]} cells={Object.keys(told)} is={is} choose={choose} none={t("map_ignored")}
          options={[...new Set([...TARGETS[kind ?? "bookings"], ...Object.values(told).filter(Boolean)])].map((each) => [each, label(each, language)])} />
      )}
      {Object.keys(TRANSLATED).filter((column) => unmatched[column] || value.values?.[column]).map((column) => (
        <Values key={column} column={column} header={Object.keys(told).find((each) => is(each) === column)} unmatched={unmatched[column]}
          chosen={value.values?.[column] ?? {}} onChange={(chosen) => set({ values: { ...value.values, [column]: chosen } })} />
      ))}
      <div class="tools">
        {choice("kind", Object.keys(TARGETS))}
        {(kind ?? "bookings") === "bookings" && (
          <>
            <Default name="resource" value={value} set={set} api={api} />
            <Default name="service" value={value} set={set} api={api} />
            {choice("date_format", ["dd/mm/yyyy", "mm/dd/yyyy"])}
            {choice("past", ["book", "skip"])}
            {choice("missing", ["create", "refuse"])}
          </>
        )}
        {choice("decimal", ["comma", "point"])}
      </div>
    </section>
  );
}

/** What the cells of a column mean that nothing matches. Those chosen before stay listed, although the last check matched them. */
function Values({ column, header, unmatched, chosen, onChange }) {
  const { t, api } = useDesk();
  const of = TRANSLATED[column], name = t(column);
  const states = Array.isArray(of) && of.map((each) => [each, t(`value_${each}`)]);
  const items = useLoaded(async () => states || (await api.all(of)).map(({ id, attributes }) => [id, attributes.name]), [api, of, t]).value ?? [];
  return (
    <>
      <Meanings heads={[t("unmatched", { name: header ?? name }), name]} cells={[...new Set([...Object.keys(chosen), ...(unmatched?.cells ?? [])])]} prefix={`${name}: `}
        is={(cell) => chosen[cell] ?? ""} choose={(cell, meant) => onChange({ ...chosen, [cell]: meant || undefined })} none="–" options={items} />
      {unmatched?.more > 0 && <p class="faint">{t("moreUnmatched", { n: unmatched.more })}</p>}
    </>
  );
}

const Meanings = ({ heads, cells, prefix = "", is, choose, none, options }) => (
  <table class="columns">
    <thead><tr>{heads.map((each) => <th scope="col" key={each}>{each}</th>)}</tr></thead>
    <tbody>
      {cells.map((cell) => (
        <tr key={cell}>
          <th scope="row">{cell}</th>
          <td><select aria-label={prefix + cell} value={is(cell)} onChange={(event) => choose(cell, event.currentTarget.value)}>{[["", none], ...options].map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select></td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** The default value for rows that have none of their own. */
function Default({ name, value, set, api }) {
  const { t, language } = useDesk();
  const items = useLoaded(() => api.all(`${name}s`), [api, name]).value ?? [];
  const { [name]: chosen = "", ...others } = value.defaults ?? {};
  return (
    <Choice label={t("map_default", { name: label(name, language) })} class="short" value={chosen} onChange={(chosen) => set({ defaults: chosen ? { ...others, [name]: chosen } : others })}
      options={[["", "–"], ...items.map(({ attributes }) => [attributes.name, attributes.name])]} />
  );
}
