// Local times of the force, typed as such, become instants before a form is sent.

/** The instant of a local time `2026-06-29T18:00` in a zone, as RFC 3339; of an hour that happens twice the first. */
export function instantOf(text, zone) {
  const asUtc = Date.parse(`${text}:00Z`);
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  const localOf = (at) => {
    const read = Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, part.value]));
    return Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute);
  };
  // Candidates by the offsets a day before and after: around a clock change they differ.
  const found = [asUtc - 86_400_000, asUtc + 86_400_000]
    .map((near) => asUtc - (localOf(near) - near))
    .filter((at) => localOf(at) === asUtc);
  return found.length ? new Date(Math.min(...found)).toISOString() : text;
}

for (const form of document.querySelectorAll("form[data-zone]")) {
  form.addEventListener("submit", () => {
    for (const field of form.querySelectorAll("[data-fills]")) {
      form.elements[field.dataset.fills].value = instantOf(field.value, form.dataset.zone);
    }
  });
}
