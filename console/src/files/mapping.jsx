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

/** `value` is the mapping to send. `told` has the meaning found for each column in the last check of the file. */
export function Mapping({ value, onChange, told, kind }) {
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
        <table class="columns">
          <thead><tr><th scope="col">{t("column")}</th><th scope="col">{t("means")}</th></tr></thead>
          <tbody>
            {Object.keys(told).map((column) => (
              <tr key={column}>
                <th scope="row">{column}</th>
                <td>
                  <select aria-label={column} value={is(column)} onChange={(event) => choose(column, event.currentTarget.value)}>
                    <option value="">{t("map_ignored")}</option>
                    {[...new Set([...TARGETS[kind ?? "bookings"], ...Object.values(told).filter(Boolean)])].map((each) => <option key={each} value={each}>{label(each, language)}</option>)}
                  </select>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
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
