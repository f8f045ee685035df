// The API as any client calls it. Addresses are relative to this page, as the stage and the host may be any.

export const ROOT = location.pathname.replace(/\/console\/?$/, "");
const JSON_API = "application/vnd.api+json";
const PATIENCE = 30_000;

/** What the API has refused: its errors, each with code, detail, source and meta. */
export class Refused extends Error {
  constructor(status, errors) {
    super(errors.map((error) => error.detail).join(" "));
    this.status = status;
    this.errors = errors;
  }
  has(code) {
    return this.errors.some((error) => error.code === code);
  }
}

/** A key with which the same request is carried out once, however often it is sent. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** No answer: whether the request was carried out is unknown. */
export class Unanswered extends Error {}

export class Api {
  /** `ended` is called when the token is no longer taken. */
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
    // Of one thing, for If-Match. Some proxies call it weak once they have compressed the answer.
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

  /** All pages of a list, at most `most` of its items. */
  async all(type, query = {}, most = 1000) {
    const found = [];
    // A page may be smaller than asked for; where it goes on, it says itself.
    for (let page = { ...query, "page[size]": 100 }; page && found.length < most; ) {
      const { data, links } = await this.get(type, page);
      found.push(...data);
      page = links.next && Object.fromEntries(new URL(links.next, location).searchParams);
    }
    return found;
  }
}
