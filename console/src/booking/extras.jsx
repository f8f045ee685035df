// The extras of a booking: add-ons, and answers to the custom fields of its service and of the order.

import { Check, Choice, Field, useDesk } from "../desk.jsx";
import { money } from "../time.js";

export function AddOns({ offered, chosen, onChange, currency }) {
  const { t, language } = useDesk();
  if (!offered.length) return null;
  return (
    <fieldset class="add-ons">
      <legend>{t("addOns")}</legend>
      {offered.map(({ id, attributes }) => (
        <label key={id}>
          <span>{attributes.name} <small>{money(attributes.price, currency, language)}</small></span>
          <input type="number" min="0" max="1000" value={chosen[id] ?? 0} onInput={(event) => onChange({ ...chosen, [id]: Number(event.currentTarget.value) || 0 })} />
        </label>
      ))}
    </fieldset>
  );
}

export function Answers({ fields, answers, onChange }) {
  return fields.map((field) => (
    <Answer key={field.id} field={field} value={answers[field.id]} onChange={(value) => onChange({ ...answers, [field.id]: value })} />
  ));
}

function Answer({ field, value, onChange }) {
  const { t } = useDesk();
  const common = { required: field.required, value: value ?? "", onInput: (event) => onChange(event.currentTarget.value || undefined) };
  const label = field.required ? field.label : `${field.label} (${t("optional")})`;
  switch (field.field_type) {
    case "boolean":
      return <Check label={label} checked={value ?? false} onChange={onChange} />;
    case "choices":
      return (
        <fieldset>
          <legend>{label}</legend>
          {field.choices.map((each) => (
            <Check key={each} label={each} checked={value?.includes(each) ?? false}
              onChange={(on) => onChange(on ? [...(value ?? []), each] : (value ?? []).filter((one) => one !== each))} />
          ))}
        </fieldset>
      );
    case "choice":
      return <Choice label={label} {...common} onInput={undefined} onChange={(chosen) => onChange(chosen || undefined)} options={["", ...field.choices].map((each) => [each, each])} />;
    case "number":
      return (
        <Field label={label}>
          <input {...common} type="number" step="any" min={field.minimum} max={field.maximum}
            onInput={(event) => onChange(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))} />
        </Field>
      );
    case "date":
      return <Field label={label}><input {...common} type="date" min={field.earliest} max={field.latest} /></Field>;
    case "long_text":
      return <Field label={label}><textarea {...common} rows="2" maxLength={field.max_length} /></Field>;
    default:
      return <Field label={label}><input {...common} maxLength={field.max_length} /></Field>;
  }
}
