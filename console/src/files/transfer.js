// Uploads and downloads files through addresses that the API has signed, each for one file.

import { Unanswered } from "../api.js";

/** Uploads a file to the signed address. Sends no Content-Type, because the bucket would have to allow that header. */
export async function upload({ method, url }, file, signal) {
  const answer = await fetch(url, { method, body: file.slice(0, file.size, ""), signal, referrerPolicy: "no-referrer" }).catch((error) => {
    throw signal?.aborted ? error : new Unanswered(error.message);
  });
  if (!answer.ok) throw new Unanswered(String(answer.status));
}

/** Makes the browser download a file. */
export function download(url) {
  const link = Object.assign(document.createElement("a"), { href: url, download: "", rel: "noopener noreferrer" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Reads the first lines of a JSON Lines file of any length. */
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
