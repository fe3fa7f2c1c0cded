// The daily page: its parts are put again as time goes on and as actions change, and it prints.
import { settle, tell } from "./pacesetter.js";

const EVERY_MS = 120_000;
const live = document.getElementById("live");
const actions = document.getElementById("actions");

/** Whether somebody is in the middle of something that a refresh would take away. */
function isBusy() {
  const focused = document.activeElement;
  return document.hidden || live.contains(focused) || Boolean(focused?.closest("form"));
}

/** Put a part again; what was open stays open, and nothing moves. */
async function refresh(room, address) {
  const open = [...room.querySelectorAll("details[open]")].map((one, place) => one.id || place);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const text = await answer.text();
  if (text === room.innerHTML) return;
  const left = [...room.querySelectorAll(".app-scroll")].map((one) => one.scrollLeft);
  room.innerHTML = text;
  [...room.querySelectorAll("details")].forEach((one) => {
    if (one.id && open.includes(one.id)) one.open = true;
  });
  [...room.querySelectorAll(".app-scroll")].forEach((one, place) => (one.scrollLeft = left[place] ?? 0));
}

async function again() {
  if (!live.dataset.refresh || isBusy()) return;
  try {
    await refresh(live, live.dataset.refresh);
    settle();
  } catch {
    tell("Not refreshed", "The service did not answer: what stands here may be out of date. It is tried again every two minutes.");
  }
}

setInterval(again, EVERY_MS);
document.addEventListener("visibilitychange", again);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// An action was added, changed or closed: its list is put again, and focus goes to its heading.
document.addEventListener("app:done", async (event) => {
  if (!actions.contains(event.target)) return;
  event.preventDefault();
  await refresh(actions, actions.dataset.part);
  const heading = document.getElementById("actions-title");
  heading.tabIndex = -1;
  heading.focus();
});
