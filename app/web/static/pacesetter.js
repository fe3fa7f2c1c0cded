// On every page: GOV.UK Frontend's behaviour, and what a part of a page that went wrong says.
import { initAll } from "./vendor/govuk-frontend-6.3.0.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

/** Say what went wrong, where every page has room for it; screen readers read it out. */
export function tell(title, detail) {
  const room = document.getElementById("problem");
  room.replaceChildren();
  const box = document.createElement("div");
  box.className = "govuk-error-summary";
  const heading = document.createElement("h2");
  heading.className = "govuk-error-summary__title";
  heading.textContent = title;
  const text = document.createElement("p");
  text.className = "govuk-body";
  text.textContent = detail;
  box.append(heading, text);
  room.append(box);
  box.scrollIntoView({ block: "nearest" });
}

/** Take back what was said. */
export function settle() {
  document.getElementById("problem").replaceChildren();
}

/** What a request was refused with: an object of problem+json, or of what came instead. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `the answer was ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Ask the API, as whoever is signed in. `path` starts below the force, such as `/rosters/…`, or is a whole `/v1/…`; a file is sent as it is. */
export async function ask(method, path, { body, headers = {} } = {}) {
  const address = path.startsWith("/v1/") ? path : document.body.dataset.api + path;
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { title: "No connection", detail: "The service did not answer. Nothing was saved: try again in a moment." });
  }
  const text = await response.text();
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    content = { detail: text.slice(0, 200) };
  }
  if (response.status === 401) {
    throw new Refused(401, {
      title: "You are signed out",
      detail: "Nothing on this page is lost. Sign in again in another tab, come back here and repeat the last step.",
    });
  }
  if (!response.ok) throw new Refused(response.status, content || {});
  return { content, etag: response.headers.get("ETag"), response };
}

// A part that renews itself stays as it is while somebody is in it: what they opened or typed would be gone.
const isHeld = (part) => /\bevery\b/.test(part.getAttribute("hx-trigger")) && (part.contains(document.activeElement) || part.querySelector("details[open]"));
for (const moment of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
  document.addEventListener(moment, (event) => isHeld(event.detail.elt) && event.preventDefault());
}

document.addEventListener("htmx:sendError", () => tell("No connection", "The service did not answer: try again in a moment."));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (xhr.status < 400) return;
  event.detail.shouldSwap = false;
  let problem = {};
  try {
    problem = JSON.parse(xhr.responseText);
  } catch {
    problem = { detail: target ? "The answer could not be read." : "" };
  }
  if (xhr.status === 401) {
    tell("You are signed out", "Nothing on this page is lost. Sign in again in another tab, come back here and repeat the last step.");
  } else {
    tell(problem.title || "Something went wrong", problem.detail || "");
  }
});
