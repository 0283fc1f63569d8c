// Passkeys, times in the reader's zone, and a hint when something new waits. No page needs it to be read.
"use strict";

const fromText = (text) => Uint8Array.from(
  atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (options) => ({
  ...options,
  challenge: fromText(options.challenge),
  ...(options.user && { user: { ...options.user, id: fromText(options.user.id) } }),
  ...(options.allowCredentials && {
    allowCredentials: options.allowCredentials.map((c) => ({ ...c, id: fromText(c.id) })),
  }),
  ...(options.excludeCredentials && {
    excludeCredentials: options.excludeCredentials.map((c) => ({ ...c, id: fromText(c.id) })),
  }),
});

async function sign(form, button) {
  const kind = form.dataset.passkey;
  const text = kind === "vote" ? form.dataset[button.value] : form.dataset.options;
  const publicKey = withBytes(JSON.parse(text));
  const made = kind === "create"
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const response = { clientDataJSON: toText(made.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = toText(made.response[part]);
  }
  form.elements.evidence.value = JSON.stringify(
    { id: made.id, rawId: toText(made.rawId), type: made.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const buttons = form.querySelectorAll("button");
    const problem = form.querySelector(".problem");
    problem.hidden = true;
    buttons.forEach((b) => { b.disabled = true; });
    try {
      await sign(form, button);
      if (button.name) {
        const chosen = document.createElement("input");
        Object.assign(chosen, { type: "hidden", name: button.name, value: button.value });
        form.append(chosen);
      }
      form.submit();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      buttons.forEach((b) => { b.disabled = false; });
    }
  });
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = at.toLocaleString(document.documentElement.lang,
    { dateStyle: "medium", timeStyle: "short" });
}

// Hints: the page never changes under the reader's eyes; it says that there is something new.
const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) {
  const shown = document.querySelectorAll(".hold").length;
  let source = null;
  const offer = (text) => {
    const button = document.createElement("button");
    button.textContent = text;
    button.addEventListener("click", () => location.reload());
    live.replaceChildren(button);
  };
  const listen = () => {
    source = new EventSource(live.dataset.live);
    source.addEventListener("waiting", (event) => {
      if (live.dataset.hold) return;
      const more = Number(event.data) - shown;
      if (more === 0) { live.replaceChildren(); return; }
      offer(live.dataset.text.replace("[n]", more > 0 ? `+${more}` : String(more)));
    });
    source.addEventListener("changed", (event) => {
      if (event.data === live.dataset.hold) offer(live.dataset.text);
    });
    source.addEventListener("looking", (event) => {
      const open = JSON.parse(event.data);
      for (const line of document.querySelectorAll("[data-looking]")) {
        const names = open[line.dataset.looking] || [];
        line.textContent = names.length ? line.dataset.text.replace("[names]", names.join(", ")) : "";
      }
    });
  };
  listen();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source.close(); } else { listen(); }
  });
}

// Keys for those who want them: j and k move, Enter opens, a and d go to the buttons, / to the reason.
const KEYS = "gardefou-keys";
const box = document.getElementById("keys");
if (box) {
  box.checked = localStorage.getItem(KEYS) === "on";
  box.addEventListener("change", () => localStorage.setItem(KEYS, box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const links = [...document.querySelectorAll(".hold a")];
    const at = links.indexOf(document.activeElement);
    const go = {
      j: () => links[Math.min(at + 1, links.length - 1)],
      k: () => links[Math.max(at - 1, 0)],
      a: () => document.querySelector("button[value=approve]"),
      d: () => document.querySelector("button[value=deny]"),
      n: () => document.querySelector("textarea[name=reason]"),
      "/": () => document.querySelector("input[name=tool], textarea[name=reason]"),
    }[event.key];
    const target = go && go();
    if (target) { event.preventDefault(); target.focus(); }
  });
}
