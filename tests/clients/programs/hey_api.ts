// By the client that @hey-api/openapi-ts makes.
import { client } from "../client/client.gen.js";
import { listOrders, placeOrder } from "../client/sdk.gen.js";
import type { Errors, OrderConfig } from "../client/types.gen.js";

const { URL, ORGANIZATION, TOKEN, ROOM, SERVICE, START, END } = process.env as Record<string, string>;
client.setConfig({ baseUrl: URL, auth: TOKEN });
const body: OrderConfig = {
  bookings: [{ resource_id: ROOM, service_id: { [SERVICE]: 1 }, start_date: START, end_date: END }],
};

const placed = await placeOrder({ body, query: { o: ORGANIZATION } });
if (!placed.data) throw new Error(placed.error.errors[0].detail);
const { id, attributes } = placed.data.data;
const page = await listOrders({
  query: { "filter[search]": attributes.number, include: ["bookings"], o: ORGANIZATION }, throwOnError: true,
});
const refused = await placeOrder({ body, query: { o: ORGANIZATION } });
if (!refused.error) throw new Error("placed twice");
const [error] = (refused.error satisfies Errors).errors;
console.log(JSON.stringify({
  id, number: attributes.number, total: attributes.total, listed: page.data.data.map((order) => order.id),
  included: page.data.included?.[0]?.type, code: error.code, pointer: error.source?.pointer,
}));
