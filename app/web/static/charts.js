// Draws each figure of the page from the JSON that stands in it, with uPlot.
const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--chart-${name}`).trim() || "#0b0c0c";
};
const DASHES = { line: [], step: [], dashed: [8, 4], dotted: [2, 3], points: [] };
const FONT = "14px Arial, sans-serif";

function faded(colour, share) {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = colour;
  const hex = canvas.fillStyle;
  return hex.startsWith("#") ? hex + Math.round(share * 255).toString(16).padStart(2, "0") : colour;
}

function options(spec, width, height) {
  const colour = colours();
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--app-ink").trim();
  const grid = faded(getComputedStyle(document.documentElement).getPropertyValue("--app-line").trim(), 0.6);
  const zoned = (seconds) => uPlot.tzDate(new Date(seconds * 1000), spec.zone);
  const series = [{ label: "Time", value: (_, at) => (at == null ? "–" : written(spec, at)) }];
  const data = [spec.x];
  const bands = [];
  for (const band of spec.bands) {
    const edge = { stroke: faded(colour(band.colour), 0.5), width: 1, points: { show: false } };
    series.push({ ...edge, label: `${band.label}, to` }, { ...edge, label: `${band.label}, from` });
    data.push(band.upper, band.lower);
    bands.push({ series: [series.length - 2, series.length - 1], fill: faded(colour(band.colour), 0.18) });
  }
  for (const line of spec.lines) {
    series.push({
      label: line.label,
      stroke: colour(line.colour),
      width: line.style === "points" ? 0 : 2,
      dash: DASHES[line.style],
      paths: line.style === "step" ? uPlot.paths.stepped({ align: 1 }) : line.style === "points" ? () => null : undefined,
      points: { show: true, size: 5, fill: colour(line.colour), ...(line.style !== "points" && { filter: alone }) },
    });
    data.push(line.values);
  }
  if (spec.target) {
    series.push({ label: spec.target.label, stroke: colour("alert"), width: 2, dash: [2, 3], points: { show: false } });
    data.push(spec.x.map(() => spec.target.value));
  }
  for (const one of series.slice(1)) one.value = (_, value) => (value == null ? "–" : uPlot.fmtNum(value));
  const axis = { stroke: ink, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  // Room for what is written: names of months are longer than hours, thousands longer than tens.
  const longest = (labels) => Math.max(0, ...(labels || []).map((label) => String(label ?? "").length));
  const axes = [
    { ...axis, space: (_, __, from, until) => (until - from > 120 * 86400 ? 90 : 84) },
    { ...axis, size: (_, labels) => Math.max(44, 18 + 8 * longest(labels)) },
  ];
  return [
    {
      width,
      height,
      tzDate: zoned,
      padding: [null, 36, null, null],
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1e-9, (high ?? 1) * 1.05)] } },
      axes: [{ ...axes[0], values: ticks(spec) }, axes[1]],
      series,
      bands,
      cursor: { drag: { x: true, y: false } },
      hooks: { drawClear: [(plot) => marks(plot, spec, faded(colour("muted"), 0.2))] },
    },
    data,
  ];
}

/** Values between two that are missing: no line shows them. */
const alone = (plot, at) => plot.data[at].flatMap((value, i, all) => (value != null && all[i - 1] == null && all[i + 1] == null ? [i] : []));

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function parts(spec, at) {
  return uPlot.tzDate(new Date(at * 1000), spec.zone);
}

function written(spec, at) {
  const local = parts(spec, at);
  const day = `${DAYS[local.getDay()]} ${local.getDate()} ${MONTHS[local.getMonth()]}`;
  if (spec.wholeDays) return `${day} ${local.getFullYear()}`;
  return `${day}, ${clock(local)}`;
}

const two = (n) => String(n).padStart(2, "0");
const clock = (local) => `${two(local.getHours())}:${two(local.getMinutes())}`;

/** Times within a day, days within a month, months within years: day first, as people here write. */
function ticks(spec) {
  return (_, at, __, ___, step) => {
    let before = null;
    return at.map((tick) => {
      const local = parts(spec, tick);
      const day = `${DAYS[local.getDay()]} ${local.getDate()} ${MONTHS[local.getMonth()]}`;
      const month = `${MONTHS[local.getMonth()]} ${local.getFullYear()}`;
      const isNew = before !== day;
      before = day;
      if (step >= 27 * 86400) return month;
      if (step >= 86400 || clock(local) === "00:00") return day;
      const time = step < 60 ? `${clock(local)}:${two(local.getSeconds())}` : clock(local);
      return isNew ? `${time}\n${day}` : time;
    });
  };
}

function marks(plot, spec, fill) {
  const { ctx, bbox } = plot;
  for (const mark of spec.marks) {
    const from = Math.max(bbox.left, plot.valToPos(mark.since, "x", true));
    const to = Math.min(bbox.left + bbox.width, plot.valToPos(mark.until, "x", true));
    if (to <= from) continue;
    ctx.save();
    ctx.fillStyle = fill;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.restore();
  }
}

const PAPER_PX = 700; // A4 upright within its margins

function draw(figure) {
  const spec = JSON.parse(figure.querySelector(".app-figure__spec").textContent);
  const room = figure.querySelector(".app-figure__drawing");
  const height = Number(figure.dataset.height);
  room.replaceChildren();
  const plot = new uPlot(...options(spec, room.clientWidth || 600, height), room);
  // A canvas is not drawn again for paper by itself.
  const fit = (isOnPaper) => {
    const width = isOnPaper ? Math.min(plot.width, PAPER_PX) : room.clientWidth;
    if (width && width !== plot.width) plot.setSize({ width, height });
  };
  let isPrinting = false;
  new ResizeObserver(() => isPrinting || fit(false)).observe(room);
  addEventListener("beforeprint", () => fit((isPrinting = true)));
  addEventListener("afterprint", () => fit((isPrinting = false)));
}

/** Draw the figures below `root`; those that came with a part of the page are drawn when it arrives. */
function drawAll(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]")) draw(figure);
}

drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt));
