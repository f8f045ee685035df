// Sends what Postman makes of the document, as it stands there: addresses, parameters and bodies are the document's examples.
import converter from "openapi-to-postmanv2";
import { readFileSync } from "node:fs";

const { URL: base, TOKEN, DOCUMENT } = process.env;
const options = { parametersResolution: "Example" };
const made = await new Promise((done) =>
  converter.convertV2({ type: "string", data: readFileSync(DOCUMENT, "utf8") }, options, (_, result) => done(result)),
);
if (!made.result) throw new Error(made.reason);
const requests = new Map();
// By method and path: words change.
const named = ({ method, url }) => `${method} /${url.path.join("/")}`;
const collect = (items) => items.forEach((each) => (each.item ? collect(each.item) : requests.set(named(each.request), each.request)));
collect(made.output[0].data.item);

async function send(name) {
  const { url, method, header, body } = requests.get(name);
  // Nothing was imported yet: who sends the request would untick that filter.
  const ticked = url.query.filter((each) => !each.disabled && each.key !== "filter[import]");
  const query = new URLSearchParams(ticked.map(({ key, value }) => [key, value]));
  const headers = Object.fromEntries(header.filter((each) => !each.disabled).map(({ key, value }) => [key, value]));
  // Each time another one, as somebody who sends it by hand would.
  if ("Idempotency-Key" in headers) headers["Idempotency-Key"] = crypto.randomUUID();
  const answer = await fetch(`${base}/${url.path.join("/")}?${query}`, {
    method, headers: { ...headers, Authorization: `Bearer ${TOKEN}` }, body: body?.raw,
  });
  return [answer.status, await answer.json()];
}

const [created, placed] = await send("POST /api/v1/orders/from-config");
const [found, page] = await send("GET /api/v1/orders");
const [, refused] = await send("POST /api/v1/orders/from-config");
console.log(JSON.stringify({
  requests: requests.size, statuses: [created, found], id: placed.data?.id, listed: page.data?.map((order) => order.id),
  errors: [...(placed.errors ?? []), ...(page.errors ?? [])], code: refused.errors?.[0].code,
}));
