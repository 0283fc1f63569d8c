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
