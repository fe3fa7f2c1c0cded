// Publishing: what was said of each change with too little notice becomes the lists that the API takes.
const form = document.getElementById("publish");

form?.addEventListener("app:send", (event) => {
  const { body } = event.detail;
  delete body.consent;
  for (const kind of ["agreed", "exigency"]) {
    body[kind] = [...form.querySelectorAll("[data-consent]")]
      .filter((row) => row.querySelector("input:checked")?.value === kind)
      .map((row) => ({ handler: row.dataset.handler, date: row.dataset.date }));
  }
});

form?.querySelector("[data-all-agreed]")?.addEventListener("click", () => {
  for (const radio of form.querySelectorAll("[data-consent] input[value=agreed]")) radio.checked = true;
});
