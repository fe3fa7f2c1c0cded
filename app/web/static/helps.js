// What would help a short quarter-hour: the question is a run, followed to its end and told in words.
import { ask } from "./pacesetter.js";
import { el } from "./roster-model.js";

const TIERS = { service: "service", people: "people’s wishes and hours", cost: "cost" };
const SEARCH_S = 10;
const PAUSE_MS = 1000;
const WAITS = { queued: "Asked: it waits its turn.", running: "Being worked out." };

const line = (textContent) => el("p", { className: "govuk-body", textContent });
const pause = () => new Promise((done) => setTimeout(done, PAUSE_MS));

/** A button that asks it of a roster's quarter-hour (its start), with room for the answer while `isWanted` says so. */
export function help(roster, interval, isWanted = () => true) {
  const key = [...crypto.getRandomValues(new Uint8Array(16))].join("-"); // the same question however often it is pressed
  const said = el("div", { aria: { role: "status" } });
  const button = el("button", { type: "button", className: "govuk-button govuk-button--secondary", textContent: "What would help?" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.replaceChildren(line(WAITS.queued));
    try {
      const body = { interval, seconds: SEARCH_S };
      const { content } = await ask("POST", `/rosters/${roster}/explain`, { body, headers: { "Idempotency-Key": key } });
      await follow(content.id, said, isWanted);
    } catch (refused) {
      said.replaceChildren(line(refused.message));
      button.disabled = false;
    }
  });
  const hint = "Tries single changes of what people agreed to or are trained for, of those nearest to this time. It takes some minutes: stay here until the answer does.";
  return el("div", {}, button, el("p", { className: "govuk-hint", textContent: hint }), said);
}

async function follow(run, said, isWanted) {
  while (isWanted()) {
    let words;
    try {
      const { content } = await ask("GET", `/v1/runs/${run}`);
      if (content.finished_at) return said.replaceChildren(...told(content));
      words = WAITS[content.status];
    } catch (refused) {
      if (refused.status && refused.status < 500 && refused.status !== 429) throw refused;
      words = "The connection is lost: asked again in a moment.";
    }
    if (said.textContent !== words) said.replaceChildren(line(words)); // said once
    await pause();
  }
}

function told({ status, reason, result }) {
  if (status !== "succeeded") return [line(reason || `The question ended as ${status}.`)];
  const { relaxations, proof } = result;
  const most = Math.max(proof.unavoidable, proof.unavoidable_999);
  const nines = proof.unavoidable_999 ? `, ${proof.unavoidable_999} of them for 999` : "";
  // The proof leaves out what people do at other times: without an empty seat it proves nothing.
  const proven = most ? `Proven: no roster of these people, as they are trained and have agreed, fills ${most} of the seats there${nines}.` : "It is not proven that any seat there must stay empty.";
  if (!relaxations.length) return [line(proven), line("None of the single changes that were tried helps.")];
  return [
    line(proven),
    line("Each change alone, with that person’s duties planned anew and everybody else’s left. Figures are weighted, as the roster’s are:"),
    el("ul", { className: "govuk-list govuk-list--bullet" }, ...relaxations.map((one) => el("li", {}, `${one.message}: ${gains(one)}.`))),
  ];
}

function gains({ gain, gain_there }) {
  const all = Object.entries(TIERS).filter(([tier]) => gain[tier]);
  return [`service at this time ${gain_there} better`, ...all.map(([tier, name]) => `${name} in all ${Math.abs(gain[tier])} ${gain[tier] > 0 ? "better" : "worse"}`)].join(", ");
}
