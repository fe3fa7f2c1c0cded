// Edits by hand: collected, checked at once by the service without being saved, undone, saved together with a reason.
import { ask, settle, tell } from "./pacesetter.js";
import { el, NAMES } from "./roster-model.js";

const NEEDS = {
  nothing: "noted",
  agreement: "the handler must agree",
  agreement_or_exigency: "the handler must agree, or an exigency must stand behind it",
  reason: "needs a reason",
  earlier: "should have been told earlier",
};
const TIERS = [["service", "Service (calls late or lost, weighted)"], ["people", "People (wishes, moves, fatigue)"], ["cost", "Cost (overtime, seats over)"]];

export class Edits {
  constructor(roster, redraw) {
    Object.assign(this, { roster, redraw, staged: [], overrides: {}, reason: "", checked: null, asked: 0, saving: false, dragged: false });
    this.box = document.getElementById("edits");
    this.key = `pacesetter roster ${roster.id}`;
    addEventListener("beforeunload", (event) => this.staged.length && !this.leaving && event.preventDefault());
  }

  /** What this tab had not saved: after an expired session, a lost connection, a conflict. */
  resume() {
    const said = sessionStorage.getItem(`${this.key} saved`);
    if (said) {
      sessionStorage.removeItem(`${this.key} saved`);
      this.box.hidden = false;
      const status = el("p", { textContent: said });
      status.setAttribute("role", "status");
      this.box.replaceChildren(el("h2", { className: "govuk-heading-s", id: "edits-title", textContent: "Saved" }), status);
    }
    if (!this.roster.mayEdit) return;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key) || "null");
      if (kept) Object.assign(this, kept);
    } catch {
      sessionStorage.removeItem(this.key);
    }
    if (this.staged.length) this.check();
  }

  keep() {
    const { staged, overrides, reason } = this;
    if (staged.length) sessionStorage.setItem(this.key, JSON.stringify({ staged, overrides, reason }));
    else sessionStorage.removeItem(this.key);
  }

  move(duty, start, end, agreed = false) {
    const { roster } = this;
    const handler = roster.people[duty.person];
    const change = { kind: "move", handler, date: roster.date(duty.start), start: roster.iso(start), end: roster.iso(end), agreed };
    return this.change(change, `${handler}: ${roster.moment(duty.start)} to ${roster.clock(duty.end)} becomes ${roster.moment(start)} to ${roster.clock(end)}${agreed ? ", agreed" : ""}`);
  }

  /** A meal, short break or learning to another time of its duty. */
  moveBreak(duty, { letter, start }, to) {
    const { roster } = this;
    const handler = roster.people[duty.person];
    const change = { kind: "break", handler, date: roster.date(duty.start), start: roster.iso(start), to: roster.iso(to) };
    return this.change(change, `${handler}: ${NAMES[letter]} of ${roster.moment(start)} to ${roster.clock(to)}`);
  }

  /** One more edit, in words, checked with all before it. One that cannot be is not kept. */
  async change(change, words) {
    if (this.saving) return;
    settle();
    this.staged.push({ change, words });
    this.keep();
    await this.check(true);
  }

  undo() {
    this.staged.pop();
    this.keep();
    if (this.staged.length) this.check();
    else this.drop();
  }

  drop() {
    this.asked += 1;
    Object.assign(this, { staged: [], overrides: {}, reason: "", checked: null });
    this.keep();
    this.redraw(this.roster.apply([], [], null));
    const held = this.box.contains(document.activeElement);
    this.box.hidden = true;
    if (held) document.querySelector("#grid [tabindex='0']")?.focus();
  }

  body() {
    const overrides = Object.entries(this.overrides).filter(([, reason]) => reason.trim().length >= 10);
    return {
      changes: this.staged.map(({ change }) => change),
      reason: this.reason.trim() || "to be checked",
      overrides: overrides.map(([handler, reason]) => ({ rule: "W1", handler, reason: reason.trim() })),
    };
  }

  async check(isNew = false) {
    const asked = ++this.asked;
    this.show("Checking…");
    try {
      // What it means as it stands now; whether it still does is asked when it is saved.
      const { content } = await ask("PATCH", `/rosters/${this.roster.id}?dry_run=true`, { body: this.body(), headers: { "If-Match": "*" } });
      if (asked !== this.asked) return;
      this.checked = content;
      this.redraw(this.roster.apply(content.removed, content.added, content.coverage));
      this.show();
    } catch (refused) {
      if (asked !== this.asked) return;
      if (isNew && refused.status >= 400 && refused.status !== 401 && refused.status !== 429) {
        this.staged.pop();
        this.keep();
        tell("This edit cannot be made", refused.message);
        if (!this.staged.length) return this.drop();
      } else tell(refused.problem.title || "Not checked", refused.message);
      this.show("Not checked: try again.");
    }
  }

  get refused() {
    return this.checked ? this.checked.violations.filter((one) => one.rule !== "W1" || (this.overrides[one.handler] || "").trim().length < 10) : [];
  }

  /** The collected edits, what they would do, and how to save them. */
  show(waiting = "") {
    const { staged, checked } = this;
    const held = document.activeElement?.id;
    this.box.hidden = false;
    const said = el("p", { textContent: waiting || this.verdict() });
    said.setAttribute("role", "status");
    said.className = !waiting && checked ? (this.refused.length ? "ros-bad" : "ros-good") : "";
    const reason = el("input", { id: "edits-reason", maxLength: 500, value: this.reason, required: true, autocomplete: "off" });
    reason.addEventListener("input", () => {
      this.reason = reason.value;
      this.keep();
    });
    const buttons = [
      this.button("Save", "govuk-button", () => this.save(), this.saving || Boolean(waiting) || !checked),
      this.button("Undo the last", "govuk-button govuk-button--secondary", () => this.undo(), this.saving),
      this.button("Drop all", "govuk-button govuk-button--secondary", () => this.drop(), this.saving),
      ...(waiting && waiting !== "Checking…" ? [this.button("Check again", "govuk-button govuk-button--secondary", () => this.check(), this.saving)] : []),
    ];
    this.box.replaceChildren(
      el("h2", { className: "govuk-heading-s", id: "edits-title", textContent: staged.length === 1 ? "1 edit, not saved yet" : `${staged.length} edits, not saved yet` }),
      said,
      el("div", { className: "ros-edits__columns" },
        el("div", {}, el("ol", {}, ...staged.map(({ words }) => el("li", { textContent: words })))),
        el("div", {}, ...(checked && !waiting ? this.effects() : []))),
      el("div", { className: "ros-save" }, el("label", {}, "Reason, kept with the roster", reason), ...buttons),
    );
    if (held && this.box.querySelector(`#${CSS.escape(held)}`)) document.getElementById(held).focus();
  }

  verdict() {
    const broken = this.refused.length;
    if (broken) return `${broken} ${broken === 1 ? "rule" : "rules"} would be broken: it cannot be saved so.`;
    return this.checked.mended.length ? `No rule would be broken, ${this.checked.mended.length} would be kept again.` : "No rule would be broken.";
  }

  effects() {
    const { checked, roster } = this;
    const lines = checked.violations.map((one) => {
      const item = el("li", {}, `${one.handler}: ${one.rule}, ${one.message}`, roster.rules[one.rule] ? ` (${roster.rules[one.rule]})` : "");
      if (one.rule === "W1") item.append(this.override(one.handler));
      return item;
    });
    const over = checked.overridden.map((one) => el("li", {}, `${one.handler}: ${one.rule} set aside, ${one.message}`, this.override(one.handler)));
    const flags = checked.flags.filter((flag) => flag.needs !== "nothing").map((flag) => el("li", { textContent: `${flag.handler || ""} ${flag.rule}: ${flag.message} (${NEEDS[flag.needs] || flag.needs})` }));
    const seats = ["999", "101"].map((queue) => [queue, checked.coverage[queue]]).map(([queue, cover]) => el("li", { textContent: `${queue}: ${cover.short_before} seat quarter-hours short before, ${cover.short_after} after` }));
    const tiers = TIERS.map(([name, words]) => [words, checked.tiers[name]]).filter(([, tier]) => tier).map(([words, { before, after }]) =>
      el("li", { textContent: `${words}: ${before.toLocaleString("en-GB")} before, ${after.toLocaleString("en-GB")} after${after === before ? ", the same" : after < before ? ", better" : ", worse"}` }));
    return [...(lines.length ? [el("ul", { className: "ros-broken" }, ...lines)] : []), ...(over.length ? [el("ul", {}, ...over)] : []), ...(flags.length ? [el("ul", {}, ...flags)] : []), el("ul", {}, ...seats, ...tiers)];
  }

  /** Daily rest alone may be set aside, with a reason; what is missing is owed. */
  override(handler) {
    const id = `override-${handler}`;
    const reason = el("textarea", { id, rows: 2, maxLength: 500, value: this.overrides[handler] || "" });
    reason.addEventListener("change", () => {
      this.overrides[handler] = reason.value;
      this.keep();
      this.check();
    });
    return el("span", {}, el("br"), el("label", { htmlFor: id, textContent: `Why ${handler}'s daily rest is set aside (10 characters or more); what is missing is owed` }), reason);
  }

  button(label, className, action, disabled) {
    const button = el("button", { type: "button", className, textContent: label, disabled, id: `edits-${label.toLowerCase().replaceAll(" ", "-")}` });
    button.addEventListener("click", action);
    return button;
  }

  async save() {
    if (this.saving) return;
    if (!this.reason.trim()) {
      tell("A reason is missing", "Say in a few words why these duties change.");
      return document.getElementById("edits-reason").focus();
    }
    if (this.refused.length) return tell("Rules would be broken", this.verdict());
    this.saving = true;
    this.show("Saving…");
    try {
      const { content } = await ask("PATCH", `/rosters/${this.roster.id}`, { body: this.body(), headers: { "If-Match": this.roster.etag } });
      this.staged = [];
      this.keep();
      sessionStorage.setItem(`${this.key} saved`, `Your edits are saved as revision ${content.roster.revision}.`);
      this.reload();
    } catch (refused) {
      this.saving = false;
      if (refused.status === 412) return this.choose(refused.message);
      this.show();
      const told = (refused.problem.errors || []).map((one) => this.told(one)).filter(Boolean).slice(0, 5);
      tell(refused.problem.title || "Not saved", told.join("; ") || refused.message);
    }
  }

  /** An error of a refusal by the edit or the handler that it is about; none where it is about neither. */
  told({ where, value, expected }) {
    const edit = this.staged[/^changes\[(\d+)\]/.exec(where)?.[1]];
    if (edit) return `${edit.words}: ${expected}`;
    return where.startsWith("rule ") ? `${value}: ${where}, ${expected}` : null;
  }

  /** Somebody changed the roster meanwhile: which of the two shall be. */
  choose(message) {
    this.show();
    const again = this.button("Load theirs, put mine on top", "govuk-button", () => this.reload(), false);
    const drop = this.button("Load theirs, drop mine", "govuk-button govuk-button--secondary", () => {
      this.staged = [];
      this.keep();
      this.reload();
    }, false);
    const box = el("div", { className: "govuk-inset-text" }, el("p", { textContent: "Somebody changed this roster since you opened it. Nothing of yours is saved or lost." }), el("p", { textContent: message }), again, drop);
    box.setAttribute("role", "alert");
    this.box.prepend(box);
    again.focus();
  }

  reload() {
    this.leaving = true;
    location.reload();
  }
}
