// By the client that openapi-generator makes for TypeScript (fetch).
import { Configuration, ErrorsFromJSON, OrdersApi, ResponseError, type OrderConfig } from "../client/index.js";

const { URL, ORGANIZATION, TOKEN, ROOM, SERVICE, START, END } = process.env as Record<string, string>;
const orders = new OrdersApi(new Configuration({ basePath: URL, accessToken: TOKEN }));
const orderConfig: OrderConfig = {
  bookings: [{ resourceId: ROOM, serviceId: { [SERVICE]: 1 }, startDate: START, endDate: END }],
};

const placed = await orders.placeOrder({ orderConfig, o: ORGANIZATION });
const { number, total, startDate } = placed.data.attributes;
if (!(startDate instanceof Date)) throw new Error("no date");
const page = await orders.listOrders({ filterSearch: number, include: ["bookings"], o: ORGANIZATION });
try {
  await orders.placeOrder({ orderConfig, o: ORGANIZATION });
  throw new Error("placed twice");
} catch (refused) {
  if (!(refused instanceof ResponseError)) throw refused;
  const [error] = ErrorsFromJSON(await refused.response.json()).errors;
  console.log(JSON.stringify({
    id: placed.data.id, number, total, listed: page.data.map((order) => order.id), included: page.included?.[0]?.type,
    code: error.code, pointer: error.source?.pointer,
  }));
}
