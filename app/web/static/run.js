// A run's page: figures as they come, said aloud only now and then, going on after a lost connection.
import { ask, tell, settle } from "./pacesetter.js";

const run = document.getElementById("run");
const id = run.dataset.run;
const phases = JSON.parse(run.dataset.phases);
const said = document.getElementById("run-said");
const line = document.getElementById("run-line");
const ENDS = ["succeeded", "failed", "cancelled"];
const SAY_EVERY_MS = 15000;
const DRAW_EVERY_MS = 3000;
const AGAIN_MS = 3000;

let last = 0; // newest event seen
let lastSaid = 0;
let lastDrawn = 0;
let lastPhase = null;
let source = null;
let over = run.querySelector("#run-now").dataset.finished === "yes";

const number = (value) => (value == null ? "–" : Math.round(value).toLocaleString("en-GB"));
const percent = (share) => (share == null ? "–" : `${(100 * share).toFixed(1)}%`);

function set(name, text) {
  const place = document.getElementById(`run-${name}`);
  if (place) place.textContent = text;
}

function say(text, always) {
  const now = Date.now();
  if (!always && now - lastSaid < SAY_EVERY_MS) return;
  lastSaid = now;
  said.textContent = text;
}

/** The whole state from the service; not while somebody reads the table, so that it does not close under them. */
function redraw(always) {
  const now = Date.now();
  if (!always && (now - lastDrawn < DRAW_EVERY_MS || run.querySelector("details[open]"))) return;
  lastDrawn = now;
  htmx.ajax("GET", run.dataset.now, { target: "#run-now", swap: "outerHTML" });
}

function progressed(data) {
  const bar = document.getElementById("run-progress");
  if (bar) bar.value = data.progress;
  const told = phases[data.phase] ?? data.phase;
  const phase = told[0].toUpperCase() + told.slice(1);
  set("phase", phase);
  let figures = "";
  // Once service is proven the figures are those of the next tier, which these places are not for.
  if (data.objective != null && data.tier === "service") {
    const bound = data.bound || null;
    const gap = bound == null ? null : data.objective ? (data.objective - bound) / data.objective : 0;
    set("objective", number(data.objective));
    set("bound", number(bound));
    set("gap", percent(gap));
    figures = gap == null ? "" : `, gap ${percent(gap)}`;
  }
  say(`${phase}, ${Math.round(100 * data.progress)}% done${figures}`, phase !== lastPhase);
  lastPhase = phase;
  redraw(false);
}

function ended(kind) {
  over = true;
  source?.close();
  connection(null);
  document.getElementById("run-cancel")?.remove();
  redraw(true);
  say(kind === "succeeded" ? "The run is done." : kind === "failed" ? "The run failed." : "The run was cancelled.", true);
}

function connection(text) {
  line.hidden = text === null;
  line.textContent = text ?? "";
}

function heard(event) {
  connection(null);
  const at = Number(event.lastEventId);
  if (at <= last) return; // told again after the connection was lost
  last = at;
  if (ENDS.includes(event.type)) ended(event.type);
  else if (event.type === "progress") progressed(JSON.parse(event.data));
  else redraw(true);
}

function connect() {
  source = new EventSource(`/v1/runs/${id}/events`);
  for (const kind of ["queued", "started", "progress", "retried", ...ENDS]) source.addEventListener(kind, heard);
  source.onopen = () => connection(null);
  source.onerror = async () => {
    if (over) return source.close();
    connection("Connection lost. What you see may be old; trying again…");
    say("Connection lost, trying again", false);
    // The browser goes on by itself after the last event that it saw, unless it was refused.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(async () => {
      try {
        await ask("GET", `/v1/runs/${id}`);
        settle();
      } catch (refused) {
        if (refused.status === 401) tell("You are signed out", refused.message);
      }
      connect();
    }, AGAIN_MS);
  };
}

document.getElementById("run-cancel")?.addEventListener("click", async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    settle();
    await ask("DELETE", `/v1/runs/${id}`);
    say("Cancelling.", true);
    set("phase", "Cancelling…");
  } catch (refused) {
    button.disabled = false;
    tell("The run was not cancelled", refused.message);
  }
});

if (!over) connect();
