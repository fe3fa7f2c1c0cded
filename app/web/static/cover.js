// What would help a short quarter-hour: the question is a run, of which the end is told.
import { ask, tell } from "./pacesetter.js";

const room = document.getElementById("helps");
const PAUSE_MS = 1000;
const ENDED = ["succeeded", "failed", "cancelled"];
const TIERS = { service: "service", people: "people’s wishes and hours", cost: "cost" };

// Local time of the force, which the page names.
function clock(at) {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: room.dataset.zone });
}

function line(text, kind = "p") {
  const element = document.createElement(kind);
  if (kind === "p") element.className = "govuk-body";
  element.textContent = text;
  return element;
}

function gains(one) {
  const parts = [`${one.gain_there} fewer short here`];
  for (const [tier, name] of Object.entries(TIERS)) {
    const gain = one.gain?.[tier] ?? 0;
    if (gain) parts.push(`${name} ${Math.abs(gain)} ${gain > 0 ? "better" : "worse"}`);
  }
  return parts.join(", ");
}

function show(run) {
  room.replaceChildren();
  if (run.status !== "succeeded") {
    room.append(line(run.reason || `The question ended as ${run.status}.`));
    return;
  }
  const { relaxations = [], proof } = run.result ?? {};
  if (proof && (proof.unavoidable || proof.unavoidable_999)) {
    room.append(line(`No roster of these people under these rules could avoid ${proof.unavoidable ?? proof.unavoidable_999} of those short here.`));
  }
  if (relaxations.length === 0) {
    room.append(line("No single change was found that helps. More people at this time would: ask for options, or what if."));
    return;
  }
  const list = document.createElement("ul");
  list.className = "govuk-list govuk-list--bullet";
  for (const one of relaxations) list.append(line(`${one.message}: ${gains(one)}.`, "li"));
  room.append(list);
}

document.getElementById("help")?.addEventListener("app:done", async (event) => {
  event.preventDefault();
  room.replaceChildren(line("Asked. The answer appears here."));
  try {
    let run = event.detail.content;
    while (!ENDED.includes(run.status)) {
      await new Promise((done) => setTimeout(done, PAUSE_MS));
      run = (await ask("GET", `/v1/runs/${run.id}`)).content;
      const words = `Being worked out since ${clock(run.started_at)}.`;
      if (run.status === "running" && room.textContent !== words) room.replaceChildren(line(words)); // said once
    }
    show(run);
  } catch (refused) {
    tell(refused.problem?.title || "Not answered", refused.message);
  }
});
