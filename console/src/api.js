// Calls the API like any other client. Addresses are relative to this page, because host and stage may differ.

export const ROOT = location.pathname.replace(/\/console\/?$/, "");
const JSON_API = "application/vnd.api+json";
const PATIENCE = 30_000;

/** A refused request, with the API's errors: code, detail, source and meta. */
export class Refused extends Error {
  constructor(status, errors) {
    super(errors.map((error) => error.detail).join(" "));
    this.status = status;
    this.errors = errors;
  }
}

/** Returns an idempotency key. Requests with the same key are carried out only once. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** There was no answer, so it is unknown whether the request was carried out. */
export class Unanswered extends Error {}

export class Api {
  /** `ended` is called when the token is no longer accepted. */
  constructor(token, language, ended = () => {}) {
    this.token = token;
    this.language = language;
    this.ended = ended;
  }

  get(path, query = {}, options = {}) {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null && value !== ""));
    return this.call("GET", asked.size ? `${path}?${asked}` : path, undefined, options);
  }

  async call(method, path, body, { signal, headers = {} } = {}) {
    const given = { Authorization: `Bearer ${this.token}`, Accept: JSON_API, "Accept-Language": this.language, ...headers };
    if (body !== undefined) given["Content-Type"] = JSON_API;
    const late = AbortSignal.timeout(PATIENCE);
    let answer, text;
    try {
      answer = await fetch(`${ROOT}/api/v1/${path}`, {
        method,
        headers: given,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, late]) : late,
        referrerPolicy: "no-referrer",
        cache: "no-store",
      });
      text = await answer.text();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Unanswered(error.message);
    }
    if (answer.status === 401) this.ended();
    if (answer.status === 504) throw new Unanswered(String(answer.status));
    let read = {};
    try {
      read = text ? JSON.parse(text) : {};
    } catch {
      throw new Unanswered(String(answer.status));
    }
    if (!answer.ok) throw new Refused(answer.status, read.errors ?? [{ code: "unknown", detail: `${answer.status}` }]);
    // The ETag of a single item, for If-Match. Some proxies mark it as weak after compressing the answer.
    read.etag = answer.headers.get("ETag")?.replace(/^W\//, "");
    return read;
  }

  post(path, body, options) {
    return this.call("POST", path, body, options);
  }
  patch(type, id, attributes, relationships, headers) {
    return this.call("PATCH", `${type}/${id}`, { data: { type, id, attributes, ...(relationships && { relationships }) } }, { headers });
  }
  create(type, attributes, relationships, key) {
    return this.call("POST", type, { data: { type, attributes, ...(relationships && { relationships }) } }, { headers: { "Idempotency-Key": key } });
  }

  /** Reads all pages of a list, up to `most` items. */
  async all(type, query = {}, most = 1000) {
    const found = [];
    // A page may be smaller than requested. Its link `next` says where the list continues.
    for (let page = { ...query, "page[size]": 100 }; page && found.length < most; ) {
      const { data, links } = await this.get(type, page);
      found.push(...data);
      page = links.next && Object.fromEntries(new URL(links.next, location).searchParams);
    }
    return found;
  }
}
