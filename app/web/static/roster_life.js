// Asking for rosters and for what they need.
import { ask, tell, settle } from "./pacesetter.js";
import { keyed, only } from "./once.js";

const form = document.querySelector("form[data-ask]");
const back = () => `?then=${encodeURIComponent(location.pathname + location.search)}`;

function chosen() {
  const ready = document.getElementById("ready");
  const values = new FormData(form);
  return {
    body: {
      week_start: values.get("week_start"),
      weeks: Number(values.get("weeks")),
      mode: values.get("mode"),
      seconds: Number(values.get("seconds")),
      requirement_id: ready.dataset.requirement ?? null,
    },
    isReady: ready.dataset.ready === "yes",
  };
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { body, isReady } = chosen();
  const error = document.getElementById("ask-error");
  error.textContent = isReady ? "" : "Something that these weeks need is missing: see the list beside.";
  if (!isReady) {
    document.getElementById("ready").querySelector("button")?.focus();
    return;
  }
  only(form.querySelector("[data-submit]"), async () => {
    const { content } = await ask("POST", "/rosters", { body, headers: keyed(form, body) });
    location.assign(`${document.body.dataset.base}/runs/${content.id}`);
  }, (refused) => {
    error.textContent = refused.message;
    tell("The roster was not asked for", refused.message);
  });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-run]");
  if (!button) return;
  const body = JSON.parse(button.dataset.body);
  settle();
  only(button, async () => {
    const { content } = await ask("POST", button.dataset.run, { body, headers: keyed(form, [button.dataset.run, body]) });
    const values = new FormData(form);
    history.replaceState(null, "", `?week_start=${values.get("week_start")}&weeks=${values.get("weeks")}`);
    location.assign(`${document.body.dataset.base}/runs/${content.id}${back()}`);
  }, (refused) => tell("That was not started", refused.message));
});
