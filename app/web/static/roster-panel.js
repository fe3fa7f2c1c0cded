// The panel beside the grid: a duty or rest day with its form, a handler's burdens, why a time is as it is.
import { help } from "./helps.js";
import { ask, settle, tell } from "./pacesetter.js";
import { el, MOVABLE, NAMES, WORDS } from "./roster-model.js";

const PRESENCE = {
  on_calls: "On calls",
  off_calls: "On duty, not on calls",
  barred: "Kept away by a rule",
  movable: "Could be there: what it costs elsewhere keeps them away",
  no_help: "Would not help: their skills fill no seat that is short",
};
const TIERS = { service: "service", people: "people", cost: "cost" };

const hours = (minutes) => (minutes === null || minutes === undefined ? "–" : `${(minutes / 60).toFixed(2).replace(/\.?0+$/, "")} h`);
const list = (items) => el("ul", {}, ...items.map((item) => el("li", {}, item)));
const facts = (pairs) => el("dl", { className: "ros-facts" }, ...pairs.flatMap(([name, value]) => [el("dt", { textContent: name }), el("dd", { textContent: value })]));
const field = (label, control) => el("label", {}, `${label} `, el("br"), control);
const small = (label, name, action) => {
  const button = el("button", { type: "button", className: "ros-small" }, label, name ? el("span", { className: "govuk-visually-hidden", textContent: ` ${name}` }) : null);
  button.addEventListener("click", action);
  return button;
};

export class Panel {
  constructor(roster, root) {
    Object.assign(this, { roster, root, box: document.getElementById("panel"), shown: 0, from: null });
    this.box.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  close() {
    this.shown += 1;
    this.box.hidden = true;
    this.root.classList.remove("has-panel");
    this.from?.focus();
  }

  /** The same duty as it stands now; the keyboard stays where it was. */
  refresh() {
    if (this.box.hidden || !this.again) return;
    const controls = () => [...this.box.querySelectorAll("button, input, select")];
    const at = controls().indexOf(document.activeElement);
    this.isAgain = true;
    this.again();
    this.isAgain = false;
    if (at >= 0) (controls()[at] || this.box).focus({ preventScroll: true });
  }

  /** Open with a title; `from` has the keyboard again afterwards. */
  open(title, from, ...content) {
    this.shown += 1;
    if (!this.isAgain) this.again = null;
    this.from = from;
    const close = small("Close", "this panel", () => this.close());
    close.classList.add("ros-close");
    this.box.replaceChildren(close, el("h2", { className: "govuk-heading-m", id: "panel-title", textContent: title }), ...content.filter(Boolean));
    this.box.hidden = false;
    this.root.classList.add("has-panel");
    if (this.isAgain) return this.shown;
    this.box.focus({ preventScroll: true });
    if (getComputedStyle(this.box).position !== "sticky") this.box.scrollIntoView({ block: "nearest" });
    return this.shown;
  }

  /** Ask, and put the answer in the place of `waiting`, unless the panel shows something else by then. */
  async fill(waiting, address, told) {
    const shown = this.shown;
    try {
      const { content } = await ask("GET", address);
      if (shown === this.shown) waiting.replaceWith(el("div", {}, ...told(content)));
    } catch (refused) {
      waiting.textContent = refused.message;
    }
  }

  rule(id) {
    const text = this.roster.rules[id];
    return text ? `${id}: ${text}` : id;
  }

  day(person, number, from) {
    const { roster } = this;
    const day = roster.days[number];
    const ref = roster.people[person];
    const duty = roster.dutyOn(person, number);
    if (!duty) {
      const state = from.getAttribute("aria-label");
      this.open(`${ref}, ${day.label}`, from, el("p", { textContent: `${state}.` }), roster.mayEdit ? this.adding(person, day) : null, this.burdens(person));
      this.again = () => this.day(person, number, from);
      return;
    }
    const minutes = (duty.end - duty.start) * 15;
    this.open(
      `${ref}, ${day.label}`, from,
      facts([["From", roster.moment(duty.start)], ["Until", roster.moment(duty.end)], ["Length", hours(minutes)]]),
      duty.fixed ? el("p", { textContent: "It stood before this roster was made, and stays." }) : null,
      el("h3", { className: "govuk-heading-s", textContent: "Activities" }),
      this.activities(person, duty),
      roster.mayEdit && !duty.fixed ? this.moving(person, duty, day) : null,
      this.burdens(person),
    );
    this.again = () => this.day(person, number, from);
  }

  activities(person, duty) {
    const { roster, edits } = this;
    return el("ul", {}, ...duty.spans.map((span) => {
      const { letter, start, end } = span;
      const name = NAMES[letter];
      const said = `${roster.clock(start)} to ${roster.clock(end)} ${WORDS[name]}`;
      const may = roster.mayEdit && !duty.fixed && MOVABLE.includes(letter);
      const to = (step) => () => edits.moveBreak(duty, span, start + step);
      return el("li", {}, said, ...(may ? [" ", small("Earlier", said, to(-1)), " ", small("Later", said, to(1))] : []));
    }));
  }

  /** Start and end, an activity, away: each as a form that the keyboard reaches. */
  moving(person, duty, day) {
    const { roster, edits } = this;
    const ref = roster.people[person];
    const date = roster.date(duty.start);
    const time = (value) => el("input", { type: "time", step: 900, required: true, value });
    const [start, end] = [time(roster.clocks.format(roster.instant(duty.start))), time(roster.clocks.format(roster.instant(duty.end)))];
    const agreed = el("input", { type: "checkbox" });
    const move = this.form("Move", [field("Start", start), field("End", end), el("label", {}, agreed, ` ${ref} agreed`)], () => {
      const from = roster.at(start.value, day.start);
      const until = from === null ? null : roster.at(end.value, from + 1);
      if (until === null) return tell("This time is not there", `${start.value} to ${end.value} is no time of ${day.label}: give quarter-hours.`);
      edits.move(duty, from, until, agreed.checked);
    });
    const [from, until] = [time(roster.clocks.format(roster.instant(duty.start))), time(roster.clocks.format(roster.instant(duty.start + 4)))];
    const activity = el("select", {}, ...["999", "101", "meal", "break", "learning"].map((name) => el("option", { value: name, textContent: WORDS[name] })));
    const paint = this.form("Set", [field("From", from), field("Until", until), field("Activity", activity)], () => {
      const first = roster.at(from.value, duty.start);
      const last = first === null ? null : roster.at(until.value, first + 1);
      if (last === null || last > duty.end) return tell("Outside the duty", `${from.value} to ${until.value} does not lie in the duty.`);
      edits.change({ kind: "activity", handler: ref, date, start: roster.iso(first), end: roster.iso(last), activity: activity.value }, `${ref}: ${roster.moment(first)} to ${roster.clock(last)} ${WORDS[activity.value]}`);
    });
    const credited = el("input", { type: "checkbox", checked: true });
    const away = this.form("Remove", [el("label", {}, credited, " counts towards contract hours, as leave does")], () =>
      edits.change({ kind: "remove", handler: ref, date, credited: credited.checked }, `${ref}: no duty on ${day.label}`));
    return el("div", {},
      el("h3", { className: "govuk-heading-s", textContent: "Move the duty" }), move,
      el("h3", { className: "govuk-heading-s", textContent: "Set an activity" }), paint,
      el("h3", { className: "govuk-heading-s", textContent: "Take the duty off" }), away);
  }

  adding(person, day) {
    const { roster, edits } = this;
    const ref = roster.people[person];
    const [start, end] = ["07:00", "16:00"].map((value) => el("input", { type: "time", step: 900, required: true, value }));
    const offer = el("select", {}, ...[["", "As an offer that is stored allows"], ["rest_day", "Agreed now: paid rest day"], ["toil", "Agreed now: time off in lieu"]].map(([value, text]) => el("option", { value, textContent: text })));
    const form = this.form("Add", [field("Start", start), field("End", end), field("Why it may be", offer)], () => {
      const from = roster.at(start.value, day.start);
      const until = from === null ? null : roster.at(end.value, from + 1);
      if (until === null) return tell("This time is not there", `${start.value} to ${end.value} is no time of ${day.label}: give quarter-hours.`);
      edits.change({ kind: "add", handler: ref, start: roster.iso(from), end: roster.iso(until), offer: offer.value || null }, `${ref}: a duty more, ${roster.moment(from)} to ${roster.clock(until)}`);
    });
    return el("div", {}, el("h3", { className: "govuk-heading-s", textContent: "Add a duty" }), form);
  }

  form(label, controls, action) {
    const form = el("form", { className: "ros-form" }, ...controls, el("button", { className: "ros-small", textContent: label }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      settle();
      action();
    });
    return form;
  }

  handler(person, from) {
    const box = el("div", {});
    this.open(`Handler ${this.roster.people[person]}`, from, box);
    box.append(this.burdens(person, true));
  }

  /** What the roster means for somebody; asked for at once, or by a button. */
  burdens(person, atOnce = false) {
    const ref = this.roster.people[person];
    const box = el("div", {});
    const told = () => {
      const waiting = el("p", { textContent: "Looking…" });
      waiting.setAttribute("role", "status");
      box.replaceChildren(el("h3", { className: "govuk-heading-s", textContent: "Hours, rests and why" }), waiting);
      this.fill(waiting, `/rosters/${this.roster.id}/explain?handler=${encodeURIComponent(ref)}`, (said) => this.person(said, ref));
    };
    if (atOnce) told();
    else box.append(small(`Hours, rests and why of ${ref}`, "", told));
    return box;
  }

  person(said, ref) {
    const own = said.people[ref];
    return [
      facts([
        ["Duties", `${own.n_duties}, of them ${own.n_nights} nights, ${own.n_weekend_duties} at weekends`],
        ["Worked", hours(own.worked_min)],
        ["Contract's cycle so far", `${hours(own.contract_min)} of ${hours(own.contract_due_min)} due`],
        ["Shortest rest", hours(own.shortest_rest_min)],
        ["Longest run", `${own.longest_run} days, ${own.longest_night_run} nights`],
      ]),
      el("h3", { className: "govuk-heading-s", textContent: "What this roster asks of them" }),
      said.penalties.length ? list(said.penalties.map((one) => `${this.rule(one.rule)} (${one.n_terms} ${one.n_terms === 1 ? "time" : "times"}, ${one.amount} in the ${TIERS[one.tier]} tier)`)) : el("p", { textContent: "Nothing beyond their pattern and wishes." }),
      ...(said.notices.length ? [el("h3", { className: "govuk-heading-s", textContent: "Soft rules not met" }), list(said.notices.map((one) => `${one.rule}: ${one.message}`))] : []),
    ];
  }

  interval(place, from) {
    const { roster } = this;
    const waiting = el("p", { textContent: "Looking…" });
    waiting.setAttribute("role", "status");
    this.open(`Cover at ${roster.moment(place)}`, from, waiting);
    this.fill(waiting, `/rosters/${roster.id}/explain?interval=${encodeURIComponent(roster.iso(place))}`, (said) => this.there(said, place));
  }

  there(said, place) {
    const { roster, shown } = this;
    const groups = Object.entries(PRESENCE).map(([presence, words]) => [words, said.people.filter((one) => one.presence === presence)]);
    const { least } = said;
    const isShort = said.short["999"] + said.short["101"] > 0;
    const reach = `At most ${least.only_999 + least.only_101 + least.both} people could be there, ${least.both} of them with both skills.`;
    const who = (one) => `${one.handler}${one.activity ? ` ${one.activity}` : ""}${one.rules.length ? `: ${one.findings.map((found) => `${found.rule} ${found.message}`).join("; ")}` : ""}`;
    return [
      facts(["999", "101"].map((queue) => [queue, `needs ${said.needed[queue]}, has ${said.on_calls[queue]}${said.short[queue] ? `: ${said.short[queue]} short` : ""}`])),
      el("p", { textContent: isShort ? (least.short > 0 ? `${reach} No roster of these people could have fewer than ${least.short} seats short there.` : `${reach} It is not proven that any seat there must stay empty: what people do at other times may keep them away.`) : "Nobody is missing." }),
      ...(said.binding.length ? [el("h3", { className: "govuk-heading-s", textContent: "Rules that keep people away" }), list(said.binding.map((one) => `${one.people} people – ${this.rule(one.rule)}`))] : []),
      ...groups.filter(([, people]) => people.length).map(([words, people]) =>
        el("details", { className: "govuk-details", open: words === PRESENCE.on_calls && people.length < 40 }, el("summary", { className: "govuk-details__summary" }, el("span", { className: "govuk-details__summary-text", textContent: `${words}: ${people.length}` })), list(people.map(who)))),
      ...(isShort && roster.mayPlan ? [help(roster.id, roster.iso(place), () => shown === this.shown)] : []),
    ];
  }
}
