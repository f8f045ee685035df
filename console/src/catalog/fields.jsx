// The form fields of the catalog: one component for each kind of field in the API's document.

import { Check, Choice, Field, Problem, useDesk, useLoaded } from "../desk.jsx";
import { LANGUAGES } from "../words.js";
import { WEEK, partsOf } from "./schema.js";

const GERMAN = {
  name: "Name", slug: "Kurzname", description: "Beschreibung", hidden: "Verborgen", timezone: "Zeitzone", quantity: "Anzahl", opening_hours: "Öffnungszeiten", closed_dates: "Geschlossen am", special_hours: "Besondere Zeiten", price: "Preis", tax_rate: "Steuersatz", is_net_price: "Nettopreis", charge_interval: "Abrechnung je (Minuten)", starting_fee: "Grundgebühr",
  min_duration: "Mindestdauer (Minuten)", max_duration: "Höchstdauer (Minuten)", booking_interval: "Beginn im Raster (Minuten)", lead_time: "Vorlauf (Minuten)", advance_booking_period: "Höchstens im Voraus (Minuten)", spans_closed_time: "Über Schließzeiten", padding_before: "Puffer davor (Minuten)", padding_after: "Puffer danach (Minuten)", default_weight: "Belegt je Stück", custom_fields: "Eigene Felder",
  code: "Code", percent: "Prozent", amount: "Betrag", valid_from: "Gültig ab", valid_until: "Gültig bis", min_total: "Mindestbestellwert", max_redemptions: "Einlösungen höchstens", max_redemptions_per_customer: "Einlösungen je Kunde", email: "E-Mail", given_name: "Vorname", family_name: "Nachname", phone: "Telefon", mobile: "Mobil", company: "Firma", notes: "Notizen", locale: "Sprache",
  label: "Frage", field_type: "Art", visible_to_customer: "Für Kunden sichtbar", max_length: "Zeichen höchstens", minimum: "Mindestens", maximum: "Höchstens", choices: "Auswahl", most_choices: "Höchstens gewählt", earliest: "Frühestens", latest: "Spätestens", slots: "Zeitfenster", website: "Website", address: "Anschrift", draft_minutes: "Entwürfe halten (Minuten)", order_custom_fields: "Fragen zum Auftrag",
  event: "Anlass", offset: "Abstand (Minuten)", local_time: "Uhrzeit", days: "Tage davor oder danach", recipients: "Empfänger", staff_emails: "Adressen des Teams", words: "Eigene Worte", enabled: "Aktiv", confirmation: "Bestätigung", change: "Änderung", cancellation: "Stornierung", before_start: "Vor dem Beginn", after_end: "Nach dem Ende",
  text: "Text", long_text: "Langer Text", boolean: "Ja oder nein", choice: "Auswahl", date: "Datum", subject: "Betreff", before: "Text davor", after: "Text danach", en: "Englisch", de: "Deutsch", customer: "Kunde", staff: "Team", external_id: "Externe Nummer", resources: "Ressourcen", services: "Leistungen", parent: "Gehört zu", currency: "Währung",
  resource: "Ressource", service: "Leistung", start_date: "Beginn", end_date: "Ende", start_time: "Beginn (Uhrzeit)", end_time: "Ende (Uhrzeit)", duration: "Dauer", nights: "Nächte", all_day: "Ganztägig", status: "Status", note: "Notiz",
  customer_name: "Name des Kunden", customer_given_name: "Vorname des Kunden", customer_family_name: "Nachname des Kunden", customer_email: "E-Mail des Kunden", customer_phone: "Telefon des Kunden", customer_company: "Firma des Kunden", customer_note: "Notiz des Kunden", voucher_code: "Gutschein", order_ref: "Auftrag (gemeinsame Nummer)", resource_id: "Ressource (ID)", service_id: "Leistung (ID)", create_customer: "Kunden anlegen", total: "Summe",
};

const ENGLISH = { en: "English", de: "German" };

export function label(name, language) {
  const text = name.replaceAll("_", " ");
  return (language.startsWith("de") && GERMAN[name]) || ENGLISH[name] || text[0].toUpperCase() + text.slice(1);
}

export function ItemField({ document, field: { name, kind, schema, required, hint }, title, text, error, may, onChange }) {
  const { t, language, organization } = useDesk();
  // The descriptions in the API's document are in English only.
  const said = language.startsWith("en") && hint?.length > 16 ? hint.replaceAll("`", "").replaceAll("_", " ") : undefined;
  const common = { value: text, required, disabled: !may, onInput: (event) => onChange(event.currentTarget.value) };
  const wrap = (input, unit) => <Field label={unit ? `${title} (${unit})` : title} hint={said} error={error}>{input}</Field>;
  const group = (inputs, told = said, of) => (
    <fieldset class={of} disabled={!may}>
      <legend>{title}</legend>
      {inputs}
      {told && <small>{told}</small>} {error && <small class="wrong">{error}</small>}
    </fieldset>
  );
  switch (kind) {
    case "flag":
      return <Check label={title} checked={text} onChange={onChange} />;
    case "choice":
      return wrap(<select {...common}>{!required && <option value="" />}{schema.enum.filter(Boolean).map((each) => <option key={each} value={each}>{label(each, language)}</option>)}</select>);
    case "number":
      return wrap(<input {...common} type="number" step={[schema.type].flat().includes("integer") ? 1 : "any"} min={schema.minimum} max={Math.min(schema.maximum ?? Infinity, 1e12)} />);
    case "money":
      return wrap(<input {...common} inputMode="decimal" pattern="\d+([.,]\d+)?" />, organization.currency);
    case "moment":
      return wrap(<input {...common} type="datetime-local" />, organization.timezone);
    case "date":
    case "time":
      return wrap(<input {...common} type={kind} />);
    case "choices":
      return group(schema.items.enum.map((each) => (
        <Check key={each} label={label(each, language)} checked={text.includes(each)} onChange={(on) => onChange(schema.items.enum.filter((one) => (one === each ? on : text.includes(one))))} />
      )));
    case "parts":
      return group([...new Set([...LANGUAGES, ...Object.keys(text)])].map((key) => (
        <details key={key} open={key in text}>
          <summary>{label(key, language)}</summary>
          {partsOf(document, schema).map(([part, of]) => {
            const common = { value: text[key]?.[part] ?? "", maxLength: of.maxLength, onInput: (event) => onChange({ ...text, [key]: { ...text[key], [part]: event.currentTarget.value } }) };
            return <Field key={part} label={label(part, language)}>{of.maxLength > 1000 ? <textarea {...common} rows="2" /> : <input {...common} />}</Field>;
          })}
        </details>
      )));
    case "week":
      return group(WEEK.map((day) => (
        <label key={day}>
          <span>{t(day)}</span>
          <input value={text[day]} placeholder="09:00-18:00" onInput={(event) => onChange({ ...text, [day]: event.currentTarget.value })} />
        </label>
      )), t(name === "opening_hours" ? "always" : "hoursHint"), "week");
    case "special":
    case "dates":
    case "lines":
    case "text":
      return wrap(<textarea {...common} rows="3" maxLength={schema.maxLength} placeholder={{ special: "2030-12-24: 09:00-12:00", dates: "2030-12-25" }[kind]} />);
    case "questions":
      return <Questions title={title} value={text} may={may} onChange={onChange} />;
    default:
      return wrap(<input {...common} type={name === "email" ? "email" : "text"} maxLength={schema.maxLength} />);
  }
}

/** Selects the custom fields to ask, and whether each is required. */
function Questions({ title, value, may, onChange }) {
  const { t, api } = useDesk();
  const fields = useLoaded(() => api.all("custom-fields"), [api]);
  if (!fields.value?.length) return <Problem error={fields.error} />;
  const ask = (id, to) => {
    const { [id]: _, ...others } = value;
    onChange(to === "" ? others : { ...others, [id]: to === "required" });
  };
  return (
    <fieldset class="questions" disabled={!may}>
      <legend>{title}</legend>
      {fields.value.map(({ id, attributes }) => (
        <label key={id}>
          <span>{attributes.label}</span>
          <select value={id in value ? (value[id] ? "required" : "optional") : ""} onChange={(event) => ask(id, event.currentTarget.value)}>
            <option value="">–</option>
            <option value="optional">{t("optional")}</option>
            <option value="required">{t("required")}</option>
          </select>
        </label>
      ))}
    </fieldset>
  );
}

/** Selects related items, such as a parent or the resources of a service. */
export function Related({ title, type, many, value, onChange }) {
  const { api } = useDesk();
  const items = useLoaded(() => api.all(type), [api, type]);
  if (!items.value?.length) return <Problem error={items.error} />;
  if (!many) {
    return (
      <Choice label={title} value={value?.id ?? ""} onChange={(id) => onChange(id ? { type, id } : null)} options={[["", ""], ...items.value.map(({ id, attributes }) => [id, attributes.name])]} />
    );
  }
  const chosen = value ?? [];
  return (
    <fieldset class="related">
      <legend>{title}</legend>
      {items.value.map(({ id, attributes }) => (
        <Check key={id} label={attributes.name} checked={chosen.some((each) => each.id === id)}
          onChange={(on) => onChange(on ? [...chosen, { type, id }] : chosen.filter((each) => each.id !== id))} />
      ))}
    </fieldset>
  );
}
