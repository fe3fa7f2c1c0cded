// The roster's grid: who is shown, where the keyboard is, what is drawn anew after an edit, the strip of cover.
import { Edits } from "./roster-edit.js";
import { Panel } from "./roster-panel.js";
import { MOVABLE, Roster } from "./roster-model.js";

const GRIP_PX = 6; // what a pointer can still take hold of
const SVG = "http://www.w3.org/2000/svg";
const root = document.getElementById("roster");
if (root) start();

function start() {
  const roster = new Roster(JSON.parse(document.getElementById("roster-data").textContent), root.dataset);
  const grid = document.getElementById("grid");
  const rows = [...grid.querySelectorAll(".ros-row")];
  rows.forEach((row, person) => (row.person = person));
  const panel = new Panel(roster, root);
  const edits = new Edits(roster, (people) => {
    people.forEach((person) => draw(roster, rows[person], person));
    drawCover(roster);
    panel.refresh();
  });
  panel.edits = edits;
  const cells = keyboard(roster, grid, rows, panel, edits);
  filters(rows, cells);
  strip(roster, panel);
  if (roster.mayEdit) drags(roster, grid, edits);
  document.getElementById("print").addEventListener("click", () => window.print());
  edits.resume();
}

/** A row's drawing and cells, from its duties as they stand now. */
function draw(roster, row, person) {
  const svg = row.querySelector(".ros-bars");
  const strokes = new Map();
  const add = (letter, from, to) => {
    const first = Math.max(from - roster.offset, 0);
    const last = Math.min(to - roster.offset, roster.quarters);
    if (first < last) strokes.set(letter, (strokes.get(letter) || "") + `M${first} 0h${last - first}`);
  };
  const duties = roster.of(person);
  for (const duty of duties) {
    if (duty.fixed) add("F", duty.start, duty.end);
    for (const { letter, start, end } of duty.spans) add(letter, start, end);
  }
  const paths = [...strokes].map(([letter, d]) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", `a${letter}`);
    path.setAttribute("d", d);
    return path;
  });
  svg.replaceChildren(...paths);
  row.querySelector(".ros-letters")?.replaceChildren();
  row.classList.toggle("is-edited", roster.edited.has(person));
  roster.days.forEach((day, number) => {
    const cell = row.querySelectorAll(".c")[number];
    const duty = roster.dutyOn(person, number);
    if (!duty && cell.classList.contains("l")) return;
    cell.classList.toggle("d", Boolean(duty));
    cell.setAttribute("aria-label", duty ? `${roster.clock(duty.start)} to ${roster.clock(duty.end)}` : "Rest day");
  });
}

/** The strip of cover with the edits: who is there, what is short, and a sign over each time that is. */
function drawCover(roster) {
  for (const queue of ["999", "101"]) {
    const strip = document.querySelector(`.ros-strip--${queue}`);
    const svg = strip.querySelector("svg");
    const top = Number(svg.getAttribute("viewBox").split(" ")[3]);
    const { rostered, on_calls: now } = roster.cover[queue];
    const edge = (heads) => heads.reduce((d, there, at) => (at && there === heads[at - 1] ? d : `${d}H${at}V${top - there}`), "M0 " + top) + `H${heads.length}`;
    svg.querySelector(".on").setAttribute("d", `${edge(now)}V${top}H0z`);
    const gaps = [];
    now.forEach((there, at) => {
      if (there >= rostered[at]) return;
      if (gaps.at(-1)?.end === at) gaps.at(-1).end += 1;
      else gaps.push({ start: at, end: at + 1 });
    });
    let gap = svg.querySelector(".gap");
    if (!gap) {
      gap = document.createElementNS(SVG, "path");
      gap.setAttribute("class", "gap");
      svg.insertBefore(gap, svg.querySelector(".need"));
    }
    gap.setAttribute("d", gaps.map(({ start, end }) => `M${start} 0H${end}V${top}H${start}z`).join(""));
    for (const sign of strip.querySelectorAll(".ros-sign")) sign.remove();
    for (const { start, end } of gaps) {
      const sign = document.createElementNS(SVG, "text");
      sign.setAttribute("class", "ros-sign");
      sign.setAttribute("x", `${(50 * (start + end)) / roster.quarters}%`);
      sign.setAttribute("y", "10");
      sign.textContent = "▼";
      strip.append(sign);
    }
  }
  document.getElementById("short-stored").hidden = roster.edited.size === 0;
}

/** One tab stop; arrows go between people and dates. Answers the cell that has it. */
function keyboard(roster, grid, rows, panel, edits) {
  let current = null;
  const cellsOf = (row) => [row.querySelector(".ros-name"), ...row.querySelectorAll(".c")];
  const focusable = (cell) => {
    if (current) current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
  };
  const open = (cell) => {
    const row = cell.closest(".ros-row");
    const day = cellsOf(row).indexOf(cell) - 1;
    if (day < 0) panel.handler(row.person, cell);
    else panel.day(row.person, day, cell);
  };
  focusable(cellsOf(rows[0])[0]);
  grid.addEventListener("focusin", (event) => event.target.matches(".c, .ros-name") && focusable(event.target));
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest(".c, .ros-name");
    if (!cell || edits.dragged) return;
    cell.focus();
    open(cell);
  });
  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".c, .ros-name");
    if (!cell || event.altKey || event.metaKey) return;
    const row = cell.closest(".ros-row");
    const all = cellsOf(row);
    const column = all.indexOf(cell);
    const shown = rows.filter((other) => !other.hidden);
    const at = shown.indexOf(row);
    const goes = {
      ArrowLeft: () => all[column - 1], ArrowRight: () => all[column + 1],
      ArrowUp: () => shown[at - 1] && cellsOf(shown[at - 1])[column],
      ArrowDown: () => shown[at + 1] && cellsOf(shown[at + 1])[column],
      PageUp: () => cellsOf(shown[Math.max(at - 10, 0)])[column],
      PageDown: () => cellsOf(shown[Math.min(at + 10, shown.length - 1)])[column],
      Home: () => (event.ctrlKey ? cellsOf(shown[0])[0] : all[0]),
      End: () => (event.ctrlKey ? cellsOf(shown.at(-1)).at(-1) : all.at(-1)),
    };
    if (goes[event.key]) {
      event.preventDefault();
      const next = goes[event.key]();
      if (next) {
        next.focus({ preventScroll: true });
        reveal(next);
      }
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(cell);
    } else if (roster.mayEdit && column > 0 && [",", ".", "<", ">"].includes(event.key)) {
      event.preventDefault();
      const duty = roster.dutyOn(row.person, column - 1);
      const step = event.key === "," || event.key === "<" ? -1 : 1;
      if (duty && !duty.fixed) edits.move(duty, event.shiftKey ? duty.start : duty.start + step, duty.end + step);
    }
  });
  return focusable;
}

/** Scroll no further than needed, and not under what stays in sight. */
function reveal(cell) {
  const scroll = cell.closest(".ros-scroll");
  const box = scroll.getBoundingClientRect();
  const at = cell.getBoundingClientRect();
  const head = scroll.querySelector(".ros-head").offsetHeight;
  const name = cell.matches(".ros-name") ? 0 : scroll.querySelector(".ros-name").offsetWidth;
  if (at.top < box.top + head) scroll.scrollTop -= box.top + head - at.top;
  else if (at.bottom > box.bottom - 16) scroll.scrollTop += at.bottom - box.bottom + 16;
  if (cell.matches(".ros-name")) scroll.scrollLeft = 0;
  else if (at.left < box.left + name) scroll.scrollLeft -= box.left + name - at.left;
  else if (at.right > box.right) scroll.scrollLeft += at.right - box.right;
}

/** Team, skill and search, kept in the address and in links to other views. */
function filters(rows, focusable) {
  const find = document.getElementById("find");
  const team = document.getElementById("team");
  const skill = document.getElementById("skill");
  const count = document.getElementById("count");
  const asked = new URLSearchParams(location.search);
  find.value = asked.get("find") || "";
  team.value = asked.get("team") || "";
  skill.value = asked.get("skill") || "";
  const known = rows.map((row) => `${row.querySelector(".ros-ref").textContent} ${row.dataset.find || ""}`.toLowerCase());
  const kept = (address, names) => {
    const url = new URL(address, location.href);
    for (const [name, value] of names) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
    return url.pathname + url.search;
  };
  const apply = () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, at) => {
      const fits = known[at].includes(wanted) && (!team.value || row.dataset.team === team.value) && (!skill.value || row.dataset.skills.split(" ").includes(skill.value));
      row.hidden = !fits;
      shown += fits;
    });
    count.textContent = shown === rows.length ? `${shown} people` : shown ? `${shown} of ${rows.length} people` : "Nobody: choose fewer filters";
    const first = rows.find((row) => !row.hidden);
    if (first) focusable(first.querySelector(".ros-name"));
    const names = [["find", find.value.trim()], ["team", team.value], ["skill", skill.value]];
    history.replaceState(null, "", kept(location.href, names));
    for (const link of document.querySelectorAll("a[data-keep]")) link.href = kept(link.href, names);
    for (const link of document.querySelectorAll("a[data-file]")) link.href = kept(link.href, [["team", team.value]]);
  };
  for (const control of [find, team, skill]) control.addEventListener("input", apply);
  if (find.value || team.value || skill.value) apply();
}

/** The cover under the pointer or the keyboard, read out; a click or Enter explains it. */
function strip(roster, panel) {
  const cover = document.getElementById("cover");
  const cursor = document.getElementById("cursor");
  const time = document.getElementById("at");
  let at = 0;
  const show = (to) => {
    at = Math.max(0, Math.min(roster.quarters - 1, to));
    cursor.hidden = false;
    cursor.style.left = `${(100 * (at + 0.5)) / roster.quarters}%`;
    time.textContent = roster.moment(at + roster.offset);
    for (const queue of ["999", "101"]) document.getElementById(`read-${queue}`).textContent = `needs ${roster.cover[queue].rostered[at]}, has ${roster.cover[queue].on_calls[at]}`;
    const said = (queue) => {
      const { rostered, on_calls: there } = roster.cover[queue];
      return `${queue} needs ${rostered[at]}, has ${there[at]}${there[at] < rostered[at] ? ", short" : ""}`;
    };
    cover.setAttribute("aria-valuenow", at);
    cover.setAttribute("aria-valuetext", `${roster.moment(at + roster.offset)}: ${said("999")}; ${said("101")}`);
  };
  const under = (event) => {
    const box = cover.getBoundingClientRect();
    return Math.floor(((event.clientX - box.left) / box.width) * roster.quarters);
  };
  cover.addEventListener("pointermove", (event) => show(under(event)));
  cover.addEventListener("focus", () => show(at));
  cover.addEventListener("click", (event) => {
    show(under(event));
    panel.interval(at + roster.offset, cover);
  });
  cover.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -4, PageDown: 4, Home: -roster.quarters, End: roster.quarters }[event.key];
    if (step) {
      event.preventDefault();
      show(at + step);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      panel.interval(at + roster.offset, cover);
    }
  });
  for (const button of document.querySelectorAll(".app-why")) {
    button.addEventListener("click", () => {
      show(Number(button.dataset.at));
      panel.interval(at + roster.offset, button);
    });
  }
}

/** What a pointer takes hold of at a place: a duty or what may move within it, as `span`, as a whole or by an end. */
function grip(duties, at, width) {
  const near = Math.min(2, GRIP_PX / width);
  const duty = duties.find((one) => !one.fixed && one.start - near <= at && at <= one.end + near);
  if (!duty) return null;
  const within = width >= GRIP_PX && duty.spans.find(({ letter, start, end }) => MOVABLE.includes(letter) && start <= at && at < end);
  if (within) return { duty, span: within, by: "whole" };
  return { duty, span: duty, by: at < duty.start + near ? "start" : at > duty.end - near ? "end" : "whole" };
}

/** Where it comes to lie `quarters` later: what moves within a duty stays in it, and a duty keeps a quarter-hour. */
function shifted({ duty, span, by }, quarters) {
  const { start, end } = span;
  if (by === "start") return { start: Math.min(start + quarters, end - 1), end };
  if (by === "end") return { start, end: Math.max(end + quarters, start + 1) };
  const [first, last] = span === duty ? [-Infinity, Infinity] : [duty.start - start, duty.end - end];
  const shift = Math.max(first, Math.min(quarters, last));
  return { start: start + shift, end: end + shift };
}

/** With a mouse or pen: a duty as a whole, one of its ends, or what may move within it, to another time. */
function drags(roster, grid, edits) {
  grid.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".ros-row");
    if (!row || event.pointerType === "touch" || event.button !== 0 || event.target.closest(".ros-name")) return;
    const box = row.querySelector(".ros-bars").getBoundingClientRect();
    const left = box.left - row.getBoundingClientRect().left;
    const width = box.width / roster.quarters;
    const place = (moved) => (moved.clientX - box.left) / width + roster.offset;
    const from = place(event);
    const held = grip(roster.of(row.person), from, width);
    edits.dragged = false;
    if (!held) return;
    const ghost = Object.assign(document.createElement("div"), { className: "ros-ghost" });
    let { start, end } = held.span;
    const follow = (moved) => {
      const by = Math.round(place(moved) - from);
      if (!by && !ghost.isConnected) return;
      edits.dragged = true;
      ({ start, end } = shifted(held, by));
      ghost.style.left = `${left + (start - roster.offset) * width}px`;
      ghost.style.width = `${(end - start) * width}px`;
      ghost.style.top = "1px";
      ghost.style.height = `${box.height - 2}px`;
      ghost.textContent = `${roster.clock(start)}–${roster.clock(end)}`;
      if (!ghost.isConnected) row.append(ghost);
    };
    const stop = () => {
      removeEventListener("pointermove", follow);
      removeEventListener("pointerup", drop);
      removeEventListener("keydown", escape);
      removeEventListener("pointercancel", cancel);
      ghost.remove();
    };
    const settle = () => setTimeout(() => (edits.dragged = false)); // after the click that letting go makes
    const cancel = () => {
      stop();
      settle();
    };
    const drop = () => {
      cancel();
      if (start === held.span.start && end === held.span.end) return;
      if (held.span === held.duty) edits.move(held.duty, start, end);
      else edits.moveBreak(held.duty, held.span, start);
    };
    const escape = (pressed) => {
      if (pressed.key !== "Escape") return;
      stop();
      addEventListener("pointerup", settle, { once: true });
    };
    addEventListener("pointermove", follow);
    addEventListener("pointerup", drop);
    addEventListener("keydown", escape);
    addEventListener("pointercancel", cancel);
  });
}
