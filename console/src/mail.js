// Runs inside the frame that shows a mail, which has its own origin and styles. Requests the mail's content and reports its height.

addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data?.html !== "string") return;
  const mail = new DOMParser().parseFromString(data.html, "text/html");
  document.documentElement.lang = mail.documentElement.lang;
  document.head.append(...mail.querySelectorAll("head style"));
  document.body.replaceWith(mail.body);
  const tell = () => parent.postMessage({ height: document.documentElement.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
});
addEventListener("click", (event) => event.target.closest?.("a") && event.preventDefault());
if (parent !== window) parent.postMessage({ ready: true }, "*");
