// Customers by devour-client.
import JsonApi from "devour-client";

const { URL, TOKEN, MAIL } = process.env;
const api = new JsonApi({ apiUrl: `${URL}/api/v1`, logger: false });
api.headers.Authorization = `Bearer ${TOKEN}`;
api.define("customer", { email: "", given_name: "", family_name: "", full_name: "", created_at: "" });
api.define("booking", { number: "", start_date: "", customer: { jsonApi: "hasOne", type: "customers" } });
api.define("order", { number: "", total: 0, customer: { jsonApi: "hasOne", type: "customers" }, bookings: { jsonApi: "hasMany", type: "bookings" } });

const { data: made } = await api.create("customer", { email: MAIL, given_name: "Devour", family_name: "One" });
const { data: read } = await api.find("customer", made.id);
await api.update("customer", { ...read, family_name: "Two" });
const { data: patched } = await api.find("customer", made.id);
const first = await api.findAll("customer", { page: { size: 1, number: 1 } });
const second = await api.findAll("customer", { page: { size: 1, number: 2 } });
const orders = await api.findAll("order", { include: "customer,bookings" });
await api.destroy("customer", made.id);
const { data: archived } = await api.find("customer", made.id);
const refused = await api.find("customer", "nobody").catch((error) => error);
console.log(JSON.stringify({
  read: read.full_name, patched: patched.full_name, pages: [first.data.length, second.data.length],
  others: first.data[0].id !== second.data[0].id, total: first.meta.page.total > 1,
  included: [orders.data[0].customer.email, orders.data[0].bookings[0].number.slice(0, 2)],
  deleted: archived.id === made.id, refused: Object.keys(refused)[0] && refused[0]?.title,
}));
