// Forms that call the API. `<form data-call="POST" data-path="/absences" data-then="reload">`, with a script element
// for this file in the page's head. The fields are those of the body, by name; a dot goes a level down (`leave.first`).
//   data-path      below the force's address, or a whole `/v1/…`; `{name}` stands for the field of that name
//   data-then      reload | show | an address to go to, where `{name}` stands for a field of the answer
//                  show: the answer goes into the form's `[data-shown]`, its fields into what has `data-field="name"`
//   data-etag      sent as If-Match; what was changed meanwhile by somebody else is told, with a way to see it
//   data-once      an Idempotency-Key for each filling of the form
//   data-file      media type: the file of the form's only file field is the whole body
//   data-fresh     path whose ETag is the newest: where somebody has changed it meanwhile, it can be done all the same
//   data-shape     none: there is no body
// On a field: data-type   text (default) | integer | number | share (typed as percent) | boolean | list (checkboxes or a
//                         multiple select, or words between commas) | json | instant (of a datetime-local field,
//                         in the form's `data-zone`) | end-of-day (of a date, in that zone) | now
//             data-in     query | path: not part of the body
//             data-empty  null | keep: what an empty field is sent as, null or ""; by default it is left out
// What the fields do not hold of a body stands in `<script type="application/json" data-body>` within the form, or in
// the script element that `data-body-from` names by its id.
// Before it is sent the form fires `app:send` with the request, whose body may then be changed.
// Afterwards the form fires `app:done` with the answer; whoever calls preventDefault() on it sees to the rest.
import { Refused, ask, settle, tell } from "./pacesetter.js";

const READ = {
  integer: (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : text),
  number: (text) => (Number.isNaN(Number(text)) ? text : Number(text)),
  share: (text) => (Number.isNaN(Number(text)) ? text : Number((Number(text) / 100).toFixed(6))),
  boolean: (text) => text === "true",
  instant: (text, field) => instantOf(text, field.form.dataset.zone),
  now: () => new Date().toISOString(),
  "end-of-day": (text, field) => instantOf(`${text}T23:59:59`, field.form.dataset.zone),
  list: (text) => text.split(",").map((part) => part.trim()).filter(Boolean),
  json: (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  },
};

/** The instant of a clock's time, such as `2026-11-26T14:15`, in a zone; of a time that comes twice the first. A time
 that the clocks leave out stays as it was typed: the service refuses it in words. */
export function instantOf(text, zone) {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return text;
  const written = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const shownAt = (at) => Date.parse(`${written.format(at).replace(" ", "T")}Z`);
  // By the offsets a day before and after: around a clock change they differ.
  const found = [wanted - 86_400_000, wanted + 86_400_000]
    .map((near) => wanted - (shownAt(near) - near))
    .filter((at) => shownAt(at) === wanted);
  return found.length ? new Date(Math.min(...found)).toISOString() : text;
}

function named(form) {
  const groups = new Map();
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.type === "file") continue;
    groups.set(field.name, [...(groups.get(field.name) || []), field]);
  }
  return groups;
}

// The value of the fields of one name; undefined where there is nothing to send.
function valueOf(fields) {
  const [field] = fields;
  const type = field.dataset.type || "text";
  if (field.type === "radio") {
    const chosen = fields.find((one) => one.checked);
    return chosen && chosen.value !== "" ? (READ[type] || String)(chosen.value, chosen) : undefined;
  }
  if (field.type === "checkbox" && type === "list") {
    const chosen = fields.filter((one) => one.checked).map((one) => one.value);
    return chosen.length === 0 && field.dataset.empty === "null" ? null : chosen;
  }
  if (field.type === "checkbox") return field.checked;
  if (field.multiple) return [...field.selectedOptions].map((option) => option.value);
  const text = field.value.trim();
  if (text === "") {
    if (field.dataset.empty === "null") return null;
    if (type === "list") return [];
    return field.dataset.empty === "keep" ? "" : undefined;
  }
  return (READ[type] || String)(text, field);
}

function put(body, name, value) {
  const path = name.split(".");
  const last = path.pop();
  let at = body;
  for (const part of path) at = at[part] ??= {};
  if (value === undefined) delete at[last];
  else at[last] = value;
}

function filled(text, values) {
  return text.replace(/\{([\w.]+)\}/g, (_, name) => encodeURIComponent(name.split(".").reduce((at, part) => at?.[part], values) ?? ""));
}

function requestOf(form) {
  const { bodyFrom } = form.dataset;
  const base = bodyFrom ? document.getElementById(bodyFrom) : form.querySelector("script[data-body]");
  const body = base ? JSON.parse(base.textContent) : {};
  const query = new URLSearchParams();
  const inPath = {};
  for (const [name, fields] of named(form)) {
    const value = valueOf(fields);
    const place = fields[0].dataset.in;
    if (place === "path") inPath[name] = value;
    else if (place === "query") {
      if (value !== undefined) query.set(name, value);
    } else put(body, name, value);
  }
  const path = filled(form.dataset.path, inPath) + (query.size ? `?${query}` : "");
  const headers = {};
  if (form.dataset.etag) headers["If-Match"] = form.dataset.etag;
  if (form.hasAttribute("data-once")) headers["Idempotency-Key"] = form.dataset.key ||= key();
  if (form.dataset.file) {
    headers["Content-Type"] = form.dataset.file;
    return { path, headers, body: form.querySelector("input[type=file]").files[0] };
  }
  const hasBody = base || Object.keys(body).length > 0 || ["POST", "PUT", "PATCH"].includes(form.dataset.call);
  return { path, headers, body: hasBody && form.dataset.shape !== "none" ? body : undefined };
}

function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clear(form) {
  settle();
  for (const message of form.querySelectorAll(".govuk-error-message")) message.remove();
  for (const group of form.querySelectorAll(".govuk-form-group--error")) group.classList.remove("govuk-form-group--error");
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && !id.endsWith("-refused"));
    if (others.length) field.setAttribute("aria-describedby", others.join(" "));
    else field.removeAttribute("aria-describedby");
    field.classList.remove("govuk-input--error", "govuk-select--error", "govuk-textarea--error");
  }
}

// The field that a problem is about: of that name, or the nearest level above it; of a level that is a row or a group,
// its first field. `changes[1]` is the second row that was sent, whatever its number (see lists.js).
function fieldAt(form, where) {
  const names = new Map([...named(form)].filter(([, [field]]) => field.type !== "hidden"));
  const row = (_, list, at) => `${list}.${form.querySelector(`[data-list="${list}"]`)?.dataset.sent?.split(" ")[at] ?? at}`;
  let path = String(where).replace(/^(body|query|path)\./, "").replace(/(\w+)\[(\d+)\](?: \(\w+\))?/g, row).replace(/, .*/, "");
  while (path) {
    if (names.has(path)) return names.get(path)[0];
    if (form.querySelector(`[data-list="${path}"]`)) return null; // about its rows together
    const within = [...names.keys()].find((name) => name.startsWith(`${path}.`));
    if (within) return names.get(within)[0];
    path = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "";
  }
  return null;
}

function labelOf(field) {
  const legend = ["checkbox", "radio"].includes(field.type) && field.closest("fieldset")?.querySelector("legend");
  return (legend || field.labels?.[0])?.textContent.trim() ?? field.name;
}

const MOST_TOLD = 5;
let marked = 0;
function markField(field, expected) {
  const group = field.closest(".govuk-form-group");
  if (!group) return;
  const message = document.createElement("p");
  message.className = "govuk-error-message";
  message.id = `problem-${++marked}-refused`;
  const hidden = document.createElement("span");
  hidden.className = "govuk-visually-hidden";
  hidden.textContent = "Error: ";
  message.append(hidden, expected);
  group.classList.add("govuk-form-group--error");
  const kind = { SELECT: "govuk-select", TEXTAREA: "govuk-textarea" }[field.tagName] || "govuk-input";
  if (field.classList.contains(kind)) {
    field.classList.add(`${kind}--error`);
    field.before(message);
  } else (group.querySelector("legend, label") || group.firstChild).after(message);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") || ""} ${message.id}`.trim());
}

/** Tell what a form was refused with: at the fields that the problem names, and where every page has room for it. */
function refuse(form, refused) {
  const { problem, status } = refused;
  const errors = (problem.errors || []).map((error) => ({ ...error, field: fieldAt(form, error.where) }));
  const found = errors.filter(({ field }) => field);
  for (const { field, expected } of found) markField(field, expected);
  const told = errors.slice(0, MOST_TOLD).map(({ field, where, expected }) => `${field ? labelOf(field) : where}: ${expected}`);
  tell(problem.title || "This was refused", found.length ? told.join("; ") : problem.detail || refused.message);
  const box = document.querySelector("#problem .govuk-error-summary");
  if (status === 412) {
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "Show how it stands now (what you typed here is lost)";
    const line = document.createElement("p");
    line.className = "govuk-body";
    line.append("Nothing was saved. ", link);
    box.append(line);
    if (form.dataset.fresh) box.append(allTheSame(form));
  }
  if (found.length) found[0].field.focus();
  else {
    box.tabIndex = -1;
    box.focus();
  }
}

function allTheSame(form) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary";
  button.textContent = "Do it all the same, to what stands now";
  button.addEventListener("click", async () => {
    try {
      form.dataset.etag = (await ask("GET", form.dataset.fresh)).etag;
      form.requestSubmit();
    } catch (error) {
      refuse(form, error);
    }
  });
  return button;
}

function show(form, content) {
  const room = form.querySelector("[data-shown]") || form.parentElement.querySelector("[data-shown]");
  for (const place of room.querySelectorAll("[data-field]")) {
    const value = place.dataset.field.split(".").reduce((at, part) => at?.[part], content);
    place.textContent = value ?? "";
  }
  room.hidden = false;
  room.tabIndex = -1;
  room.focus();
}

function finish(form, answer) {
  const event = new CustomEvent("app:done", { bubbles: true, cancelable: true, detail: answer });
  if (!form.dispatchEvent(event)) return;
  const then = form.dataset.then || "reload";
  if (then === "show") return show(form, answer.content);
  leaving = true;
  if (then === "reload") location.reload();
  else location.assign(filled(then, answer.content || {}));
}

// From the answer until the next page stands, what is pressed again is the same press.
let leaving = false;
addEventListener("pageshow", () => (leaving = false));

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.call) return;
  event.preventDefault();
  if (leaving || form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  clear(form);
  try {
    const request = requestOf(form);
    form.dispatchEvent(new CustomEvent("app:send", { bubbles: true, detail: request }));
    const answer = await ask(form.dataset.call, request.path, { body: request.body, headers: request.headers });
    delete form.dataset.key;
    finish(form, answer);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status !== 0) delete form.dataset.key;
    refuse(form, error);
  } finally {
    form.removeAttribute("aria-busy");
  }
});
