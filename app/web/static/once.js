// One press, one effect.

const counted = new WeakMap();

/** Idempotency-Key of what is posted: the same for the same content of the same page, another for another. */
export function keyed(form, content) {
  const written = JSON.stringify(content);
  const known = counted.get(form) ?? new Map();
  counted.set(form, known);
  if (!known.has(written)) known.set(written, `${form.dataset.key}-${known.size}`);
  return { "Idempotency-Key": known.get(written) };
}

/** Do `work` while the button is off; on again where it is refused. A page that is left keeps it off. */
export async function only(button, work, refused) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (error) {
    button.removeAttribute("aria-disabled");
    refused(error);
  }
}

// Back in a page that the browser kept: what was pressed then may be pressed again.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
});
