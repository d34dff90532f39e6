// Where something is wrong, since when, and what it is like over time.
/** @import { Device as Board, Schemas } from "../types/page" */
import { html, useEffect, useRef, useState, useStore } from "./html.js";
import { adviceOf, summaryOf } from "./alerts.js";
import { get, post } from "./api.js";
import { byCause } from "./causes.js";
import { once } from "./once.js";
import { Minutes } from "./minutes-plot.js";
import { BoardMaintenance, ZoneMaintenance } from "./maintenance.js";
import { store } from "./store.js";
import { t, word } from "./texts.js";
import { trouble } from "./answers.js";
import { age, ago, boardTrouble, clock, commandRow, listed, presenceWord } from "./words.js";

/** @typedef {[at: number, depth: number, oldest: number]} Sample seconds since 1970, commands, seconds */

/** @type {Record<Board["presence"], number>} */
const WORST = { misconfigured: 0, offline: 1, connecting: 2, online: 3 };
const EVERY = 5_000;

/** @param {{ rest: string[] }} props the board that somebody looked for, if one */
export function Health({ rest }) {
  useStore(store);
  const sought = rest[0] ? decodeURIComponent(rest[0]) : "";
  useEffect(() => document.querySelector(".device.sought")?.scrollIntoView({ block: "center" }), [sought]);
  const [queue, samples, problem] = useQueue();
  const devices = [...store.devices.values()].sort(
    (a, b) => WORST[a.presence] - WORST[b.presence] || Date.parse(a.since) - Date.parse(b.since) || a.hostname.localeCompare(b.hostname),
  );
  const of = (/** @type {Board["presence"]} */ presence) => devices.filter((device) => device.presence === presence).length;
  return html`
    <h1>${t("page.health")}</h1>
    ${store.alerts.length
      ? html`<ul class="alerts">
          ${byCause(store.alerts).map((alerts) => html`<${Alerts} key=${alerts[0]?.kind} alerts=${alerts} />`)}
        </ul>`
      : html`<p class="good-news">${t("health.no_alerts")}</p>`}
    <h2>${t("health.queue")}</h2>
    <dl class="figures">
      <div><dt>${t("health.works")}</dt><dd>${word("works", store.mode)}</dd></div>
      ${queue
        ? html`
            <div><dt>${t("health.waiting")}</dt><dd>${queue.due}</dd></div>
            <div><dt>${t("health.in_flight")}</dt><dd>${queue.processing}</dd></div>
            <div><dt>${t("health.later")}</dt><dd>${queue.later}</dd></div>
            <div><dt>${t("health.oldest")}</dt><dd>${queue.oldest_due_at ? age(queue.oldest_due_at) : t("health.none")}</dd></div>
            <div><dt>${t("health.delivered")}</dt><dd>${queue.completed_last_hour}</dd></div>
            <div><dt>${t("health.not_delivered")}</dt><dd>${queue.failed_last_hour}</dd></div>
          `
        : ""}
    </dl>
    ${store.mode === "paused" && store.may.command ? html`<div class="row wrap"><button class="main" onClick=${resume}>${t("health.resume")}</button></div>` : ""}
    <p class="problem" role="alert">${problem}</p>
    <${Plot} samples=${samples} />
    <${Minutes} />
    <h2>${t("health.boards")} <small>${t("health.online", { n: of("online"), rest: devices.length - of("online") })}</small></h2>
    <div class="row wrap"><${ZoneMaintenance} /></div>
    <ul class="devices">${devices.map((device) => html`<${Device} key=${device.hostname} device=${device} sought=${device.hostname === sought} />`)}</ul>
  `;
}

const resume = () =>
  once("resume", () => post("/api/v1/queue/resume").catch((failed) => store.toast({ id: "resume", kind: "problem", words: trouble(failed) })));

/**
 * One cause: what it is, what to do, and of several of a kind which.
 * @param {{ alerts: Schemas["Alert"][] }} props
 */
function Alerts({ alerts }) {
  const [first] = alerts;
  if (!first) return "";
  const severity = alerts.some((alert) => alert.severity === "critical") ? "critical" : first.severity;
  const line = (/** @type {Schemas["Alert"]} */ alert) => html`<b>${summaryOf(alert)}</b> <span class="age">${age(alert.since)}</span>`;
  if (alerts.length === 1) return html`<li class=${severity}>${line(first)}<br />${adviceOf(first)}<${AlertBoards} alert=${first} /></li>`;
  return html`<li class=${severity}>
    ${line(first)}<br />${adviceOf(first)}
    <details><summary>${t("health.same", { n: alerts.length })}</summary><ul>${alerts.map((alert) => html`<li key=${alert.id}>${line(alert)}<${AlertBoards} alert=${alert} /></li>`)}</ul></details>
  </li>`;
}

/**
 * The boards of an alert that is about several: in which zones, and which.
 * @param {{ alert: Schemas["Alert"] }} props
 */
function AlertBoards({ alert }) {
  const boards = alert.boards ?? [];
  if (!boards.length) return "";
  const zoneName = (/** @type {string | null | undefined} */ id) => store.zones.find((zone) => zone.id === id)?.name || id;
  const zonesOf = (/** @type {string} */ hostname) => (store.devices.get(hostname)?.ports ?? []).flatMap(({ zone }) => zoneName(zone) ?? []);
  const zones = [...new Set(boards.flatMap(zonesOf))];
  const more = (alert.count ?? boards.length) - boards.length;
  return html`<details>
    <summary>${t("health.which", { n: alert.count ?? boards.length })}${zones.length ? ` · ${listed(zones)}` : ""}</summary>
    <ul>${boards.map((hostname) => html`<li key=${hostname}><a href=${`#/health/${encodeURIComponent(hostname)}`}>${store.devices.get(hostname)?.name || hostname}</a> <span class="where">${[...new Set(zonesOf(hostname))].join(", ")}</span></li>`)}${more > 0 ? html`<li>${t("health.more", { n: more })}</li>` : ""}</ul>
  </details>`;
}

/** @param {{ device: Board, sought: boolean }} props */
function Device({ device, sought }) {
  const tvs = device.ports?.map((port) => port.name || port.port) || [];
  const zones = [...new Set((device.ports || []).map((port) => port.zone).filter(Boolean))];
  return html`<li class=${`device ${device.presence} ${sought ? "sought" : ""}`}>
    <b>${device.name || device.hostname}</b>
    <span class=${`word ${device.presence}`}>${presenceWord(device.presence)} ${age(device.since)}</span>
    <span class="where">${[device.hostname, ...zones].join(" · ")}</span>
    <${Spark} values=${device.latencies} />
    <${BoardMaintenance} device=${device} />
    <span class="why">${[
      boardTrouble(device),
      t("health.last_contact", { age: device.last_contact ? ago(device.last_contact) : t("health.never") }),
      device.presence === "online" ? "" : tvs.join(", "),
    ]
      .filter(Boolean)
      .join(" · ")}</span>
    <${LastCommands} hostname=${device.hostname} />
  </li>`;
}

/**
 * The last commands of a board, read each time somebody opens them.
 * @param {{ hostname: string }} props
 */
function LastCommands({ hostname }) {
  const [commands, setCommands] = useState(/** @type {Schemas["CommandRecord"][] | null} */ (null));
  const [problem, setProblem] = useState("");
  const toggled = async (/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => {
    if (!event.currentTarget.open) return;
    try {
      const answer = await get("/api/v1/devices/{hostname}/commands", { path: { hostname }, query: { limit: 20 } });
      setCommands(answer.items);
      setProblem("");
    } catch (failed) {
      setProblem(trouble(failed));
    }
  };
  const told = commands?.map((command) => commandRow(command, store.ports));
  return html`<details class="why" onToggle=${toggled}>
    <summary>${t("command.last")}</summary>
    <p class="problem" role="alert">${problem}</p>
    ${!told && !problem ? html`<p class="hint">${t("page.reading")}</p>` : ""}
    ${told?.length === 0 ? html`<p class="empty">${t("health.nothing_sent")}</p>` : ""}
    <ul class="targets">
      ${told?.map(({ id, tv, action, status, state, why }) => html`<li key=${id}><b>${tv}</b> <span>${action}</span> <span class=${`word ${status}`}>${state}</span> <span class="why">${why}</span></li>`)}
    </ul>
  </details>`;
}

/**
 * The last answers of a board as a line: the higher, the slower.
 * @param {{ values?: number[] }} props
 */
export function Spark({ values }) {
  if (!values || values.length < 2) return html`<span class="spark"></span>`;
  const most = Math.max(...values, 50);
  const points = values.map((value, index) => `${(index / (values.length - 1)) * 98 + 1},${23 - (value / most) * 21}`).join(" ");
  const last = values[values.length - 1];
  return html`<span class="spark"><svg viewBox="0 0 100 24" role="img" aria-label=${t("health.answers", { ms: last })}><polyline points=${points} fill="none" /></svg> ${t("health.ms", { ms: last })}</span>`;
}

/**
 * The figures of the queue, asked for while somebody looks.
 * @returns {[queue: Schemas["QueueStats"] | null, samples: Sample[], problem: string]}
 */
function useQueue() {
  const [queue, setQueue] = useState(/** @type {Schemas["QueueStats"] | null} */ (null));
  const [samples, setSamples] = useState(/** @type {Sample[]} */ ([]));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      try {
        const now = await get("/api/v1/queue");
        if (gone) return;
        const oldest = now.oldest_due_at ? Math.max(0, (Date.now() - Date.parse(now.oldest_due_at)) / 1000) : 0;
        setQueue(now);
        /** @type {Sample} */
        const sample = [Date.now() / 1000, now.due + now.processing, oldest];
        setSamples((before) => [...before, sample].slice(-720));
        setProblem("");
      } catch (failed) {
        if (!gone) setProblem(trouble(failed));
      }
    };
    const boards = async () => {
      if (document.visibilityState === "visible") await readBoards();
    };
    look();
    boards().then(seedLatencies).catch(() => {});
    const timers = [setInterval(look, EVERY), setInterval(() => boards().catch(() => {}), 3 * EVERY)];
    return () => {
      gone = true;
      for (const timer of timers) clearInterval(timer);
    };
  }, []);
  return [queue, samples, problem];
}

/** When each board was heard last: no event tells that. */
async function readBoards() {
  const answer = await get("/api/v1/devices");
  for (const device of answer.items) {
    const known = store.devices.get(device.hostname);
    store.devices.set(device.hostname, { ...device, latencies: known?.latencies });
  }
  store.changed();
}

/** How fast each board switched TVs lately, from what is in the history: what is asked of a board itself, as
 *  three seconds of its log, says nothing of that. */
async function seedLatencies() {
  const page = await get("/api/v1/history", { query: { limit: 500 } });
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const { hostname, port, status, execution_time_ms: took } of page.items.reverse()) {
    if (port === 0 || typeof took !== "number" || status !== "completed") continue;
    found.set(hostname, [...(found.get(hostname) || []), took].slice(-40));
  }
  for (const [hostname, latencies] of found) {
    const known = store.devices.get(hostname);
    if (known && !known.latencies) store.devices.set(hostname, { ...known, latencies });
  }
  store.changed();
}

/** @type {Promise<typeof window.uPlot> | null} */
let plotting = null;

/** The library for plots is read when the first plot is shown, and not before. */
function library() {
  plotting ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "assets/vendor/uPlot.min.css";
    const script = document.createElement("script");
    script.src = "assets/vendor/uPlot.iife.min.js";
    script.onload = () => resolve(window.uPlot);
    script.onerror = reject;
    document.head.append(style, script);
  });
  return plotting;
}

/** @param {{ samples: Sample[] }} props */
function Plot({ samples }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {InstanceType<typeof window.uPlot> | null} */ (null));
  useEffect(() => {
    let gone = false;
    library().then((Plotting) => {
      if (gone || !box.current) return;
      const color = (/** @type {string} */ name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      const axis = { stroke: color("--quiet"), grid: { stroke: color("--line") }, ticks: { stroke: color("--line") } };
      plot.current = new Plotting(
        {
          width: box.current.clientWidth || 600,
          height: 180,
          cursor: { y: false },
          scales: { x: { range: present }, y: { range: (_, __, most) => [0, Math.max(5, most)] }, age: { range: (_, __, most) => [0, Math.max(10, most)] } },
          axes: [{ ...axis, space: 70, values: (_, instants) => instants.map(at) }, axis, { ...axis, scale: "age", side: 1, grid: { show: false } }],
          series: [
            { value: (_, instant) => (instant ? at(instant) : "--") },
            { label: t("health.plot_depth"), stroke: color("--accent"), width: 2, fill: color("--accent-soft") },
            { label: t("health.plot_oldest"), scale: "age", stroke: color("--warn"), width: 1.5 },
          ],
        },
        columns(samples),
        box.current,
      );
    }, () => {});
    const resized = () => plot.current?.setSize({ width: box.current?.clientWidth || 600, height: 180 });
    addEventListener("resize", resized);
    return () => {
      gone = true;
      removeEventListener("resize", resized);
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(columns(samples)), [samples]);
  return html`<div class="plot" ref=${box} role="img" aria-label=${t("health.plot")}></div>`;
}

/** A time of day as the rest of the page has it; the plot counts in seconds. */
const at = (/** @type {number} */ seconds) => clock(seconds * 1_000);

/**
 * The last five minutes that are known. Of one instant alone uPlot says that it ends a thousand days later.
 * @param {InstanceType<typeof window.uPlot>} plot
 * @returns {[number, number]}
 */
function present(plot) {
  const last = plot.data[0].at(-1) ?? Date.now() / 1000;
  return [last - 300, last];
}

/**
 * @param {Sample[]} samples
 * @returns {[number[], number[], number[]]}
 */
const columns = (samples) => [samples.map(([instant]) => instant), samples.map(([, depth]) => depth), samples.map(([, , oldest]) => oldest)];
