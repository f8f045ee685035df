// Files on their way to and from the bucket: addresses that the API has signed, for one file each.

import { Unanswered } from "../api.js";

/** Puts a file where the API wants it. Its type is nobody's business, and a header that was not asked for would have to be allowed. */
export async function upload({ method, url }, file, signal) {
  const answer = await fetch(url, { method, body: file.slice(0, file.size, ""), signal, referrerPolicy: "no-referrer" }).catch((error) => {
    throw signal?.aborted ? error : new Unanswered(error.message);
  });
  if (!answer.ok) throw new Unanswered(String(answer.status));
}

/** Has the browser keep a file. */
export function download(url) {
  const link = Object.assign(document.createElement("a"), { href: url, download: "", rel: "noopener noreferrer" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** The first lines of a file with one JSON in each, however long it is. */
export async function firstLines(url, most, signal) {
  const answer = await fetch(url, { signal, referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Unanswered(String(answer.status));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const found = [];
  for (let rest = ""; found.length < most; ) {
    const { value = "", done } = await reader.read();
    const lines = (rest + value).split("\n");
    rest = done ? "" : lines.pop();
    found.push(...lines.filter(Boolean).map((line) => JSON.parse(line)));
    if (done) break;
  }
  reader.cancel();
  return found.slice(0, most);
}
