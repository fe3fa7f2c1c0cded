// The roster's duties and times in the browser. A place is a number of quarter-hours from the roster's begin.
export const NAMES = { 9: "999", 1: "101", M: "meal", B: "break", T: "training", L: "learning", H: "briefing" };
export const LETTERS = Object.fromEntries(Object.entries(NAMES).map(([letter, name]) => [name, letter]));
export const MOVABLE = "MBL"; // within their duty: meals, short breaks, protected learning
export const WORDS = { 999: "999, and 101 when free", 101: "101 only", meal: "Meal", break: "Short break", training: "Training", learning: "Protected learning", briefing: "Briefing" };
const QUARTER_MS = 15 * 60_000;

/** An element with properties and children; text stays text. */
export function el(tag, properties = {}, ...children) {
  const { data, aria, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data || {});
  for (const [name, value] of Object.entries(aria || {})) element.setAttribute(name === "role" ? "role" : `aria-${name}`, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

class Duty {
  constructor(person, start, spans, fixed) {
    Object.assign(this, { person, start, spans, fixed });
    this.end = spans.length ? spans.at(-1).end : start;
  }
}

export class Roster {
  constructor(data, facts) {
    Object.assign(this, { id: facts.id, etag: facts.etag, mayEdit: facts.edit === "yes", mayPlan: facts.plan === "yes" });
    Object.assign(this, { people: data.people, offset: data.offset, quarters: data.quarters, cover: data.cover, rules: data.rules, zone: data.zone });
    this.beginMs = data.begin * 60_000;
    this.stored = structuredClone(data.cover);
    let at = data.offset;
    this.days = data.days.map(([date, quarters, label]) => {
      const day = { date, quarters, label, start: at };
      at += quarters;
      return day;
    });
    this.base = data.duties.map(([person, start, written, fixed]) => {
      let end = start;
      const spans = written.split(" ").filter(Boolean).map((run) => {
        const [letter, length] = run.split("*");
        const span = { letter, start: end, end: end + Number(length) };
        end = span.end;
        return span;
      });
      return new Duty(person, start, spans, Boolean(fixed));
    });
    this.edited = new Set();
    this.numbers = new Map(data.people.map((ref, person) => [ref, person]));
    this.duties = this.base;
    const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: data.zone, ...options });
    this.clocks = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.zones = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });
    this.dates = format({ weekday: "short", day: "numeric", month: "short" });
    this.keys = new Intl.DateTimeFormat("en-CA", { timeZone: data.zone, year: "numeric", month: "2-digit", day: "2-digit" });
  }

  of(person) {
    return this.duties.filter((duty) => duty.person === person);
  }

  /** The duty that starts on a day of the view. */
  dutyOn(person, number) {
    const day = this.days[number];
    return this.duties.find((duty) => duty.person === person && day.start <= duty.start && duty.start < day.start + day.quarters);
  }

  instant(place) {
    return new Date(this.beginMs + place * QUARTER_MS);
  }

  iso(place) {
    return this.instant(place).toISOString().replace(".000Z", "Z");
  }

  place(iso) {
    return Math.round((Date.parse(iso) - this.beginMs) / QUARTER_MS);
  }

  date(place) {
    return this.keys.format(this.instant(place));
  }

  /** `14:15`; where the clocks change that day also which time it is. */
  clock(place) {
    const day = this.days.find((one) => one.start <= place && place < one.start + one.quarters);
    return (day && day.quarters !== 96 ? this.zones : this.clocks).format(this.instant(place));
  }

  moment(place) {
    return `${this.dates.format(this.instant(place)).replace(",", "")}, ${this.clock(place)}`;
  }

  /** The first place from `from` on at which clocks show `written`, within a day and an hour. */
  at(written, from) {
    for (let place = from; place < from + 100; place++) {
      if (this.clocks.format(this.instant(place)) === written) return place;
    }
    return null;
  }

  /** Put what an edit would make in the place of what was. Answers everybody whose row changes. */
  apply(removed, added, coverage) {
    const touched = new Set(this.edited);
    const gone = new Set(removed.map((duty) => `${duty.handler} ${this.place(duty.start)}`));
    const kept = this.base.filter((duty) => duty.fixed || !gone.has(`${this.people[duty.person]} ${duty.start}`));
    const came = added.map((duty) => {
      const spans = duty.activities.map((one) => ({ letter: LETTERS[one.activity], start: this.place(one.start), end: this.place(one.end) }));
      return new Duty(this.numbers.get(duty.handler), this.place(duty.start), spans, false);
    });
    this.duties = [...kept, ...came];
    this.edited = new Set([...removed, ...added].map((duty) => this.numbers.get(duty.handler)));
    for (const queue of Object.keys(this.cover)) {
      const now = coverage ? coverage[queue].on_calls.slice(this.offset, this.offset + this.quarters) : this.stored[queue].on_calls;
      this.cover[queue] = { ...this.cover[queue], on_calls: now };
    }
    this.edited.forEach((person) => touched.add(person));
    return touched;
  }
}
