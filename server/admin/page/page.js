"use strict";
// Asks for /status.json once a second and draws what changed since the last answer.
const $ = (id) => document.getElementById(id);
const kKept = 120;  // seconds of curves
const kAll = "";

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const svg = (name, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// ---- numbers as people read them --------------------------------------------------------------------------------
const count = (n) => n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n >= 1e4 ? `${(n / 1e3).toFixed(1)} k`
  : Number.isInteger(n) ? String(n) : n.toFixed(n < 10 ? 1 : 0);
const millis = (us) => us === null ? "–" : us >= 1e7 ? `${(us / 1e6).toFixed(1)} s` : us >= 1e5 ? `${Math.round(us / 1e3)} ms`
  : `${(us / 1e3).toFixed(us < 1e4 ? 2 : 1)} ms`;
const bytes = (n) => {
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (n < 1024) return `${unit === "B" || n >= 100 ? Math.round(n) : n.toFixed(1)} ${unit}`;
    n /= 1024;
  }
  return `${n.toFixed(1)} TiB`;
};
const span = (ms) => {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${(ms / 1000).toFixed(s < 10 ? 1 : 0)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return s < 86400 ? `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min` : `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
};

// ---- what the server counts: sums, and differences between two answers ------------------------------------------
// Buckets of latencies, as server/scoreboard/buckets.hpp has them: eight to an octave.
const bucketEnd = (i) => {
  if (i < 8) return i + 1;
  const octave = Math.floor(i / 8) + 2;
  return 2 ** octave + (i % 8 + 1) * 2 ** (octave - 3);
};
const quantile = (buckets, q) => {
  let total = 0;
  for (const n of buckets.values()) total += n;
  if (total === 0) return null;
  let passed = 0;
  for (const [i, n] of [...buckets].sort((a, b) => a[0] - b[0])) {
    if (n > 0 && passed + n >= q * total) {
      const begin = i === 0 ? 0 : bucketEnd(i - 1);
      return begin + (bucketEnd(i) - begin) * (q * total - passed) / n;
    }
    passed += n;
  }
  return null;
};
const sum = (routes) => {
  const total = { requests: 0, errors: 0, inFlight: 0, bytesOut: 0, buckets: new Map() };
  for (const r of routes) {
    total.requests += r.by_class.reduce((a, b) => a + b, 0);
    total.errors += r.by_class[5] + r.cut;
    total.inFlight += r.in_flight;
    total.bytesOut += r.bytes_out;
    for (const [i, n] of r.latency) total.buckets.set(i, (total.buckets.get(i) ?? 0) + n);
  }
  return total;
};
const point = (now, before, seconds) => {
  const fresh = new Map();
  for (const [i, n] of now.buckets) fresh.set(i, n - (before.buckets.get(i) ?? 0));
  return {
    rate: Math.max(0, now.requests - before.requests) / seconds,
    errors: Math.max(0, now.errors - before.errors) / seconds,
    bytes: Math.max(0, now.bytesOut - before.bytesOut) / seconds,
    inFlight: now.inFlight,
    p50: quantile(fresh, .5), p99: quantile(fresh, .99), p999: quantile(fresh, .999),
  };
};

// ---- plots ------------------------------------------------------------------------------------------------------
const kWidth = 300, kHeight = 90;
const niceTop = (value) => {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((m) => m * power >= value) * power;
};

class Plot {
  constructor(title, series, show, { bad = false, log = false } = {}) {
    Object.assign(this, { title, series, show, log });
    const mark = bad ? "bad-series " : "";
    this.values = series.map(() => make("b"));
    this.scale = make("span");
    this.caption = make("figcaption", {}, make("span", { class: "name" }, title, this.scale),
      ...series.map(({ label }, i) => make("span", { class: "series" },
        ...(series.length > 1 ? [make("i", { class: `${mark}c${i}` }), label] : []), this.values[i])));
    this.curves = series.map((_, i) => svg("path", { class: `curve ${mark}c${i}` }));
    this.area = svg("path", { class: `area ${mark}` });
    this.picture = svg("svg", { viewBox: `0 0 ${kWidth} ${kHeight}`, role: "img", preserveAspectRatio: "none" },
      ...[0, .5, 1].map((y) => svg("line", { class: "gridline", x1: 0, x2: kWidth, y1: 1 + y * (kHeight - 2), y2: 1 + y * (kHeight - 2) })),
      this.area, ...this.curves);
    this.figure = make("figure", {}, this.caption, this.picture);
  }
  draw(points) {
    const all = this.series.flatMap(({ key }) => points.map((p) => p[key])).filter((v) => v > 0);
    const power = (v, round) => 10 ** round(Math.log10(v));
    const bottom = this.log ? power(Math.min(...all, 1e3), Math.floor) : 0;
    const top = this.log ? Math.max(power(Math.max(...all, 1e3), Math.ceil), bottom * 10) : niceTop(Math.max(0, ...all));
    const height = (v) => this.log ? Math.max(0, Math.log(v / bottom) / Math.log(top / bottom)) : v / top;
    this.scale.textContent = `${this.log ? this.show(bottom) : 0} – ${this.show(top)}${this.log ? ", logarithmic" : ""}`;
    this.series.forEach(({ key }, i) => {
      let path = "", pen = "M";
      points.forEach((p, at) => {
        if (p[key] === null) { pen = "M"; return; }
        const x = kWidth * (kKept - points.length + at) / (kKept - 1), y = kHeight - 1 - (kHeight - 2) * height(p[key]);
        path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
        pen = "L";
      });
      this.curves[i].setAttribute("d", path);
      if (i === 0 && !this.log && points.length > 1 && !path.slice(1).includes("M")) {
        const left = kWidth * (kKept - points.length) / (kKept - 1);
        this.area.setAttribute("d", `${path}V${kHeight}H${left.toFixed(1)}Z`);
      }
      this.values[i].textContent = points.length > 0 ? this.show(points.at(-1)[key] ?? null) : "–";
    });
    const said = this.series.map(({ label }, i) => `${label} ${this.values[i].textContent}`).join(", ");
    this.picture.setAttribute("aria-label", `${this.title}: ${said}; the last ${points.length} seconds`);
  }
}
const rate = (n) => n === null ? "–" : `${count(n)} /s`;
const plots = [
  new Plot("Requests", [{ key: "rate", label: "now" }], rate),
  new Plot("Latency", [{ key: "p50", label: "p50" }, { key: "p99", label: "p99" }, { key: "p999", label: "p99.9" }], millis,
    { log: true }),
  new Plot("In flight", [{ key: "inFlight", label: "now" }], (n) => n === null ? "–" : count(n)),
  new Plot("Errors (5xx, cut)", [{ key: "errors", label: "now" }], rate, { bad: true }),
];
$("plots").append(...plots.map((plot) => plot.figure));

// ---- tables -----------------------------------------------------------------------------------------------------
const table = (place, columns, rows, empty) => {
  const head = make("tr", {}, ...columns.map(([name, kind]) => make("th", { scope: "col", class: kind }, name)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, i) => {
    const [text, more] = Array.isArray(cell) ? cell : [cell, ""];
    return make("td", { class: `${columns[i][1]} ${more}` }, columns[i][1] === "t" ? make("code", {}, text) : text);
  })));
  if (rows.length === 0) body.push(make("tr", {}, make("td", { colspan: columns.length, class: "quiet" }, empty)));
  $(place).replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
};
const appName = (app) => app === "" ? "none" : app;
const routeName = (route) => route === "" ? "none" : route;

function drawTables(status) {
  const mine = (item) => chosen === kAll || item.app === chosen;
  const flights = status.in_flight.filter(mine);
  $("flight-count").textContent = flights.length;
  table("flight", [["Age", "n"], ["Request", "t"], ["App", "t"], ["Route", "t"], ["Client", "t"], ["Id", "t"], ["Worker", "n"]],
    flights.map((f) => [[span(f.age_ms), f.age_ms > 10000 ? "late" : ""], `${f.method} ${f.target}`, appName(f.app), routeName(f.route),
      f.peer, f.id, `${f.worker}.${f.loop}`]), "nothing");
  const routes = status.routes.filter(mine).map((r) => ({ ...r, total: sum([r]) })).filter((r) => r.total.requests + r.in_flight > 0);
  routes.sort((a, b) => b.total.requests - a.total.requests);
  table("routes", [["App", "t"], ["Route", "t"], ["Requests", "n"], ["4xx", "n"], ["5xx", "n"], ["Client left", "n"], ["Cut", "n"], ["p50", "n"],
    ["p99", "n"], ["p99.9", "n"], ["Sent", "n"]],
    routes.map((r) => [appName(r.app), routeName(r.route), count(r.total.requests), count(r.by_class[4]), [count(r.by_class[5]), r.by_class[5] ? "late" : ""],
      count(r.left), count(r.cut), millis(quantile(r.total.buckets, .5)), millis(quantile(r.total.buckets, .99)),
      millis(quantile(r.total.buckets, .999)), bytes(r.bytes_out)]), "no requests yet");
  table("workers", [["Worker", "n"], ["Process", "n"], ["State", ""], ["Up", "n"], ["Restarts", "n"], ["Memory", "n"], ["Files", "n"],
    ["Connections", "n"], ["Lag (worst)", "n"]],
    status.workers.map((w) => [w.slot, w.pid, w.state, span(w.up_ms), [count(w.restarts), w.restarts ? "late" : ""], bytes(w.resident),
      count(w.open_files), count(w.loops.reduce((a, l) => a + l.connections, 0)),
      w.loops.map((l) => `${millis(l.lag_us)} (${millis(l.lag_worst_us)})`).join(", ")]), "none");
  $("events").replaceChildren(...status.events.slice(0, 40).map((e) => {
    const at = new Date(e.at);
    return make("li", {}, make("time", { datetime: at.toISOString() }, at.toLocaleTimeString()),
      make("span", { class: `level-${e.level}` }, e.text));
  }));
  if (status.events.length === 0) $("events").append(make("li", { class: "quiet" }, "none"));
}

function drawApps(status) {
  const names = [kAll, ...new Set(status.routes.map((r) => r.app).filter((app) => app !== "").sort())];
  $("apps").hidden = names.length < 3;
  if (names.join() === [...$("apps").children].map((b) => b.dataset.app).join()) return;
  const pick = (app) => {
    chosen = app;
    for (const button of $("apps").children) {
      const on = button.dataset.app === app;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    if (last) draw(last);
  };
  $("apps").replaceChildren(...names.map((app) => {
    const button = make("button", { type: "button", role: "radio", "data-app": app }, app === kAll ? "All apps" : app);
    button.addEventListener("click", () => pick(app));
    return button;
  }));
  $("apps").onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = $("apps").children[(names.indexOf(chosen) + step + names.length) % names.length];
    pick(next.dataset.app);
    next.focus();
  };
  pick(names.includes(chosen) ? chosen : kAll);
}

// ---- asking -----------------------------------------------------------------------------------------------------
let token = sessionStorage.getItem("token") ?? "";
let chosen = kAll, last = null, paused = false, settingsShown = false;
const history = new Map();  // app -> points; kAll: of all

const ask = async (path) => {
  const answer = await fetch(path, { cache: "no-store", headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (answer.status === 401) throw new Error("locked");
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
};

function remember(status) {
  if (!last || status.clock_us <= last.clock_us || status.began !== last.began) return;
  const seconds = (status.clock_us - last.clock_us) / 1e6;
  const apps = new Set([kAll, ...status.routes.map((r) => r.app)]);
  for (const app of apps) {
    const of = (all) => sum(all.routes.filter((r) => app === kAll || r.app === app));
    const points = history.get(app) ?? [];
    points.push(point(of(status), of(last), seconds));
    history.set(app, points.slice(-kKept));
  }
}

function say(text, kind) {
  if ($("health").textContent !== text) $("health").textContent = text;
  $("health").className = `pill ${kind}`;
}

function draw(status) {
  for (const plot of plots) plot.draw(history.get(chosen) ?? []);
  drawTables(status);
  const problems = [...status.problems];
  const serving = status.workers.filter((w) => w.state === "serving").length;
  if (serving === 0) problems.unshift(status.workers.some((w) => w.state === "draining") ? "draining" : "no worker serves");
  for (const w of status.workers) for (const l of w.loops) if (l.silent_ms > 5000) problems.push(`loop ${w.slot}.${l.loop} is silent`);
  if (problems.length > 0) say(problems.join("; "), "bad"); else say("serving", "good");
  $("instance").textContent = status.instance;
  const lost = status.log_dropped + status.access_dropped;
  $("about").textContent = `${status.version} · up ${span(status.now - status.began)} · ${count(status.connections)} connections`
    + (lost > 0 ? ` · ${count(lost)} log lines lost` : "");
  document.title = `${problems.length > 0 ? "⚠ " : ""}${status.instance || "appserve"}`;
}

async function showSettings() {
  const settings = await ask("settings.json");
  table("settings", [["Setting", "t"], ["Value", "t"], ["From", ""]], settings.map((s) => [s.path, s.value, s.origin]), "none");
  settingsShown = true;
}

async function turn() {
  if (paused || document.hidden) return;
  try {
    const status = await ask("status.json");
    $("unlock").hidden = true;
    $("content").hidden = false;
    remember(status);
    last = status;
    drawApps(status);
    draw(status);
    if (!settingsShown) await showSettings();
  } catch (error) {
    const locked = error.message === "locked";
    $("unlock").hidden = !locked;
    $("content").hidden = locked;
    say(locked ? "locked" : "no answer", "bad");
  }
}

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").textContent = paused ? "Go on" : "Pause";
});
$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  token = $("token").value;
  sessionStorage.setItem("token", token);
  turn();
});
(async () => {
  for (;;) {
    await turn();
    await new Promise((done) => setTimeout(done, 1000));
  }
})();
