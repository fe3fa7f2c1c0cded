// The daily page: its parts are put again as time goes on and as actions change, and it prints.
import { settle, tell } from "./pacesetter.js";

const EVERY_MS = 120_000;
const live = document.getElementById("live");
const actions = document.getElementById("actions");
const held = document.getElementById("live-held");

/** Put a part again; what was open stays open, and nothing moves. */
function put(room, text) {
  const name = (one) => one.id || one.querySelector("summary").textContent;
  const open = [...room.querySelectorAll("details[open]")].map(name);
  const left = [...room.querySelectorAll(".app-scroll")].map((one) => one.scrollLeft);
  room.innerHTML = text;
  for (const one of room.querySelectorAll("details")) one.open ||= open.includes(name(one));
  [...room.querySelectorAll(".app-scroll")].forEach((one, place) => (one.scrollLeft = left[place] ?? 0));
}

function dayOf(text) {
  const room = document.createElement("template");
  room.innerHTML = text;
  return room.content.querySelector("[data-date]")?.dataset.date;
}

const fetched = async (address) => {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.text();
};

let isLate = false; // that the service did not answer stands on the page

/** Put the figures again, or the whole page once its day is over. What somebody is at stays, and that it waits is told. */
async function again() {
  if (!live.dataset.refresh || document.hidden) return;
  const isIn = live.contains(document.activeElement);
  held.textContent = isIn ? "Not refreshed while you are in this part: it goes on once you leave it." : "";
  if (isIn) return;
  try {
    const text = await fetched(live.dataset.refresh);
    if (isLate) settle();
    isLate = false;
    if (dayOf(text) === live.querySelector("[data-date]").dataset.date) put(live, text);
    else if (![...actions.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue)) location.reload();
    else held.textContent = "A new day has begun: this page shows it once what you typed is saved or taken out.";
  } catch {
    isLate = true;
    tell("Not refreshed", "The service did not answer: what stands here may be out of date. It is tried again every two minutes.");
  }
}

setInterval(again, EVERY_MS);
document.addEventListener("visibilitychange", again);
live.addEventListener("focusout", () => held.textContent && setTimeout(again));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// An action was added, changed or closed: its list is put again, and focus goes to its heading.
document.addEventListener("app:done", async (event) => {
  if (!actions.contains(event.target)) return;
  event.preventDefault();
  put(actions, await fetched(actions.dataset.part));
  const heading = document.getElementById("actions-title");
  heading.tabIndex = -1;
  heading.focus();
});
