// Reads the fields of the catalog's forms from the API's document: the fields of each type, their kinds and descriptions. Pure.

import { at, instantOf, iso, naive, onClock } from "../time.js";

const JSON_API = "application/vnd.api+json";
// Facts that only the descriptions in the document contain. tests/unit/test_console.py checks that they use these words.
const SAYS = { shown: "Read-only.", fixed: "Cannot be changed", money: "minor units", clock: "`HH:MM`" };

/** The fields of a catalog type, for a new item or for a change. */
export function fieldsOf(document, type, isNew) {
  const path = isNew ? `/api/v1/${type}` : Object.keys(document.paths).find((each) => each.startsWith(`/api/v1/${type}/{`) && document.paths[each].patch);
  const body = resolve(document, document.paths[path][isNew ? "post" : "patch"].requestBody.content[JSON_API].schema);
  const data = resolve(document, body.properties.data);
  const { properties, required = [] } = resolve(document, data.properties.attributes);
  const attributes = Object.entries(properties)
    .map(([name, schema]) => ({ name, schema, kind: kindOf(document, schema), required: required.includes(name), hint: schema.description }))
    .filter(({ name, hint = "" }) => name !== "archived" && hint !== SAYS.shown && (isNew || !hint.includes(SAYS.fixed)) && !(name === "currency" && type !== "organizations"));
  const related = resolve(document, data.properties.relationships ?? {}).properties ?? {};
  const relationships = Object.entries(related).map(([name, schema]) => ({ name, many: resolve(document, resolve(document, schema).properties.data).type === "array" }));
  return { attributes, relationships };
}

function resolve(document, schema) {
  let found = schema;
  while (found.$ref || found.anyOf) {
    found = found.$ref ? document.components.schemas[found.$ref.split("/").pop()] : found.anyOf.find((each) => each.type !== "null");
  }
  return found;
}

function kindOf(document, schema) {
  const type = [schema.type].flat().find((each) => each !== "null");
  if (schema.enum) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return schema.description?.includes(SAYS.money) ? "money" : "number";
  if (type === "array") return schema.items?.format === "date" ? "dates" : schema.items?.enum ? "choices" : "lines";
  if (type === "object") {
    const each = resolve(document, schema.additionalProperties ?? {});
    return each.type === "object" ? "parts" : each.type === "boolean" ? "questions" : schema.propertyNames?.enum ? "week" : "special";
  }
  if (schema.format === "date") return "date";
  if (schema.description?.includes(SAYS.clock)) return "time";
  if (/T\d\d:\d\d/.test(schema.examples?.[0] ?? "")) return "moment";
  return (schema.maxLength ?? 0) > 1000 ? "text" : "line";
}

// Conversions between stored values and the text in forms.

const ranges = (hours) => hours.map(([from, to]) => `${from}-${to}`).join(", ");
const hours = (text) => text.split(",").map((each) => each.trim()).filter(Boolean).map((each) => each.split(/\s*[-–]\s*/));

export const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** The schema of the parts of an object whose parts are objects, such as texts in several languages. */
export const partsOf = (document, schema) => Object.entries(resolve(document, schema.additionalProperties).properties);

/** Converts a value to the text in a form. `place` has the currency's `digits` and the `zone` of times. Weeks become texts by weekday, questions and parts stay maps, choices stay lists. */
export function shown(kind, value, { digits, zone }) {
  if (kind === "week") return Object.fromEntries(WEEK.map((day) => [day, ranges(value?.[day] ?? [])]));
  if (kind === "special") return Object.entries(value ?? {}).map(([date, times]) => `${date}: ${ranges(times)}`).join("\n");
  if (kind === "questions" || kind === "parts") return value ?? {};
  if (kind === "choices") return value ?? [];
  if (kind === "flag") return value ?? false;
  if (value === null || value === undefined) return "";
  if (kind === "lines" || kind === "dates") return value.join("\n");
  if (kind === "moment") return naive(onClock(at(value), zone));
  if (kind === "money") return (value / 10 ** digits).toFixed(digits);
  return String(value);
}

/** Converts the text in a form to a value, or null if it is empty. Invalid text is sent unchanged, and the API reports what is wrong. */
export function meant(kind, text, { digits, zone }) {
  if (kind === "flag" || kind === "questions" || kind === "choices" || kind === "parts") return text;
  if (kind === "week") {
    const days = WEEK.filter((day) => text[day].trim()).map((day) => [day, hours(text[day])]);
    return days.length ? Object.fromEntries(days) : null;
  }
  if (!text.trim()) return kind === "lines" || kind === "dates" ? [] : kind === "special" ? {} : null;
  const lines = text.split("\n").map((each) => each.trim()).filter(Boolean);
  if (kind === "special") return Object.fromEntries(lines.map((each) => [each.slice(0, 10), hours(each.slice(11))]));
  if (kind === "lines") return lines;
  if (kind === "dates") return lines.flatMap((each) => each.split(/[\s,;]+/));
  if (kind === "money") return Math.round(Number(text.replace(",", ".")) * 10 ** digits);
  if (kind === "number") return Number(text);
  if (kind === "moment") return iso(instantOf(text, zone));
  return text.trim();
}
