// Customers by kitsu.
import Kitsu from "kitsu";

const { URL, TOKEN, MAIL } = process.env;
const api = new Kitsu({
  baseURL: `${URL}/api/v1`, camelCaseTypes: false, pluralize: false, headers: { Authorization: `Bearer ${TOKEN}` },
});

const { data: made } = await api.post("customers", { email: MAIL, given_name: "Kitsu", family_name: "One" });
const { data: read } = await api.get(`customers/${made.id}`);
await api.patch("customers", { ...read, family_name: "Two" });
const { data: patched } = await api.get(`customers/${made.id}`);
const first = await api.get("customers", { params: { page: { size: 1, number: 1 } } });
const second = await api.get("customers", { params: { page: { size: 1, number: 2 } } });
const orders = await api.get("orders", { params: { include: "customer,bookings" } });
await api.delete("customers", made.id);
const { data: archived } = await api.get(`customers/${made.id}`);
const refused = await api.get("customers/nobody").catch((error) => error);
console.log(JSON.stringify({
  read: read.full_name, patched: patched.full_name, pages: [first.data.length, second.data.length],
  others: first.data[0].id !== second.data[0].id, total: first.meta.page.total > 1,
  included: [orders.data[0].customer.data.email, orders.data[0].bookings.data[0].number.slice(0, 2)],
  deleted: archived.id === made.id, refused: refused.errors?.[0].title,
}));
