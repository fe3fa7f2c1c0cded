// Building a what-if: what the form says becomes the body that the API takes; and sharing its address.
const form = document.getElementById("what-if");

const isUncertain = (value) => value && typeof value === "object" && "likely" in value;
const shares = (list) => list.map((text) => Number((Number(text) / 100).toFixed(6)));

form?.addEventListener("app:send", (event) => {
  const { body } = event.detail;
  const [kind, id] = body.base.split(":");
  body.base = { [kind]: id };
  if (body.grid) body.sweep = Object.fromEntries(Object.entries(body.sweep).map(([name, list]) => [name, shares(list)]));
  else delete body.sweep;
  delete body.grid;
  for (const change of Object.values(body.changes ?? {})) {
    for (const [name, value] of Object.entries(change)) {
      // Known well: one number; known badly: low, likely and high.
      if (isUncertain(value) && value.low === undefined && value.high === undefined) change[name] = value.likely;
    }
  }
});

document.getElementById("grid")?.addEventListener("change", (event) => {
  const values = document.getElementById("grid-values");
  if (values) values.hidden = !event.target.checked;
});

document.querySelector("[data-copy]")?.addEventListener("click", async () => {
  const said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = "The address is copied. Whoever may read your force’s plans can open it.";
  } catch {
    said.textContent = `Copy this address: ${location.href}`;
  }
});
