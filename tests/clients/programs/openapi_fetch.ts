// By the types that openapi-typescript makes, and openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "../client.js";

const { URL, ORGANIZATION, TOKEN, ROOM, SERVICE, START, END } = process.env as Record<string, string>;
const client = createClient<paths, "application/vnd.api+json">({
  baseUrl: URL,
  headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/vnd.api+json", Accept: "application/vnd.api+json" },
});
const body: components["schemas"]["OrderConfig"] = {
  bookings: [{ resource_id: ROOM, service_id: { [SERVICE]: 1 }, start_date: START, end_date: END }],
};

const placed = await client.POST("/api/v1/orders/from-config", { body, params: { query: { o: ORGANIZATION } } });
if (!placed.data) throw new Error(placed.error.errors[0].detail);
const { id, attributes } = placed.data.data;
const page = await client.GET("/api/v1/orders", {
  params: { query: { "filter[search]": attributes.number, include: ["bookings"], o: ORGANIZATION } },
});
if (!page.data) throw new Error(page.error.errors[0].detail);
const refused = await client.POST("/api/v1/orders/from-config", { body, params: { query: { o: ORGANIZATION } } });
if (!refused.error) throw new Error("placed twice");
const [error] = refused.error.errors;
console.log(JSON.stringify({
  id, number: attributes.number, total: attributes.total, listed: page.data.data.map((order) => order.id),
  included: page.data.included?.[0]?.type, code: error.code, pointer: error.source?.pointer,
}));
