// All TVs in a table: changed in place, or with rows of a spreadsheet. What changes is shown before it is saved, and all
// of it is saved or nothing.
/** @import { ConfigItemOf, Typed } from "../types/page" */
/** @import { Board, Change, Edits, Output, Wanted } from "./port-rows.js" */
import { html, useEffect, useMemo, useRef, useState } from "./html.js";
import { Problem, configured, post } from "./api.js";
import { trouble } from "./answers.js";
import { Dialog } from "./dialog.js";
import { decoded } from "./lineup.js";
import { COLUMNS, cellsOf, changesOf, csvOf, isTable, outputsOf, pasted, placeOf, wantedOf } from "./port-rows.js";
import { store } from "./store.js";
import { t } from "./texts.js";

/** So many rows at a time: a thousand fields in a table are slow to draw. */
const SHOWN = 60;

/** Longer than the TVs of any venue. */
const MOST = 1_000_000;

/** Columns whose cells name something that there is: it is offered. */
const OFFERED = ["zone", "profile", "codeset", "source", "volume"];

/**
 * The columns that fit on a screen of this width beside the name of the output; the others are a tap away.
 * @param {number} width
 */
export const fitting = (width) => (width < 600 ? ["name", "zone"] : width < 1400 ? ["name", "zone", "tags", "default_channel", "platform"] : COLUMNS);

const title = (/** @type {string} */ column) =>
  ({ name: t("field.name"), appliance: t("field.appliance"), zone: t("field.zone"), tags: t("field.tags"), profile: t("port_table.profile"), default_channel: t("field.default_channel"), platform: t("field.platform"), codeset: t("port_table.codeset"), emitter: t("port_table.emitter"), source: t("field.shows"), volume: t("field.volume") })[column] ?? column;

/**
 * All items of a kind, however many, and the revision of the whole configuration that they are of.
 * @template {"devices" | "zones" | "tags" | "profiles" | "codesets" | "sources"} K
 * @param {K} kind
 */
async function all(kind) {
  /** @type {ConfigItemOf<K>[]} */
  let items = [];
  /** @type {string | null | undefined} */
  let cursor;
  let first;
  for (;;) {
    const { items: more, next_cursor: next, revision } = await configured(kind, { limit: 1000, cursor });
    // What changes between two pages is read anew, so that all of it is of one revision.
    const isOne = !cursor || revision === first;
    items = isOne ? [...items, ...more] : [];
    cursor = isOne ? next : null;
    first = revision;
    if (isOne && !next) return { items, revision };
  }
}

/**
 * What is typed is kept by whoever shows the table: it is not lost where somebody looks at something else.
 * @param {{ boards: Board[], edits: Edits, change: (next: (before: Edits) => Edits) => void, close: () => void, done: () => void }} props
 */
export function PortTable({ boards, edits, change, close, done }) {
  const [find, setFind] = useState("");
  const [most, setMost] = useState(SHOWN);
  const [problem, setProblem] = useState("");
  const [reviewing, setReviewing] = useState(false);
  const [columns, setColumns] = useState(() => fitting(innerWidth));
  const offers = useOffers();
  const outputs = useMemo(() => outputsOf(boards), [boards]);
  const changes = changesOf(outputs, edits, store.zones);
  const found = !find.trim() ? outputs : outputs.filter(({ key, item }) => matches(find, [key, ...Object.values(cellsOf(item)), ...Object.values(edits.get(key) ?? {})]));
  const discard = () => change(() => new Map());
  const add = (/** @type {Edits} */ more) => change((before) => new Map([...before, ...[...more].map(([key, edit]) => /** @type {[string, Record<string, string>]} */ ([key, { ...before.get(key), ...edit }]))]));
  const take = (/** @type {string} */ text, /** @type {{ key: string, column: string } | null} */ at) => {
    try {
      add(pasted(text, at ? found : outputs, at, columns));
      setProblem("");
    } catch (wrong) {
      setProblem(t("port_table.not_taken", { why: trouble(wrong) }));
    }
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!isTable(text)) return;
    event.preventDefault();
    const { key, column } = (event.target instanceof HTMLElement && event.target.dataset) || {};
    take(text, key && column ? { key, column } : null);
  };
  const saved = () => {
    setReviewing(false);
    discard();
    done();
  };
  const leave = () => {
    // What was typed and taken back is no change.
    change((before) => new Map(changes.map(({ output: { key } }) => [key, before.get(key) ?? {}])));
    close();
  };
  return html`
    <p class="hint">${t("port_table.hint")}</p>
    <div class="row wrap">
      <button class="main" disabled=${!changes.length} onClick=${() => setReviewing(true)}>${t("port_table.review", { n: changes.length })}</button>
      ${edits.size ? html`<button onClick=${discard}>${t("port_table.discard")}</button>` : ""}
      <${Files} take=${(/** @type {string} */ text) => take(text, null)} fail=${setProblem} outputs=${outputs} />
      ${fitting(innerWidth) === COLUMNS ? "" : html`<button onClick=${() => setColumns(columns === COLUMNS ? fitting(innerWidth) : COLUMNS)}>${t(columns === COLUMNS ? "port_table.few_columns" : "port_table.all_columns")}</button>`}
      <button onClick=${leave}>${t("port_table.list")}</button>
    </div>
    <p class="problem" role="alert">${problem}</p>
    <div class="field"><label for="port-find">${t("port_table.find")}</label><input id="port-find" type="search" autocomplete="off" value=${find} onInput=${(/** @type {Typed} */ event) => setFind(event.currentTarget.value)} /></div>
    <div class="table" onPaste=${paste} tabindex="0" role="region" aria-label=${t("port_table.title")}>
      <table>
        <thead><tr><th scope="col">${t("port_table.output")}</th>${columns.map((column) => html`<th key=${column} scope="col">${title(column)}</th>`)}</tr></thead>
        <tbody>${found.slice(0, most).map((output) => html`<${Row} key=${output.key} output=${output} columns=${columns} edit=${edits.get(output.key)} type=${add} />`)}</tbody>
      </table>
    </div>
    ${found.length > most ? html`<button onClick=${() => setMost(most + 4 * SHOWN)}>${t("port_table.more", { n: found.length - most })}</button>` : ""}
    ${OFFERED.map((column) => html`<datalist key=${column} id=${`offer-${column}`}>${(offers[column] ?? []).map((value) => html`<option key=${value} value=${value}></option>`)}</datalist>`)}
    ${reviewing ? html`<${Review} changes=${changes} boards=${boards} close=${() => setReviewing(false)} saved=${saved} />` : ""}
  `;
}

/**
 * @param {string} find
 * @param {string[]} texts
 */
const matches = (find, texts) => find.trim().toLowerCase().split(/\s+/).every((word) => texts.some((text) => text.toLowerCase().includes(word)));

/** What cells can name; what cannot be read is not offered, and can be typed. */
function useOffers() {
  const [offers, setOffers] = useState(/** @type {Record<string, string[]>} */ ({ volume: ["tv", "source"] }));
  useEffect(() => {
    let gone = false;
    const read = async (/** @type {"zones" | "profiles" | "codesets" | "sources"} */ kind, /** @type {string} */ column) => {
      const { items } = await all(kind);
      if (!gone) setOffers((before) => ({ ...before, [column]: items.map(({ id }) => id) }));
    };
    Promise.allSettled([read("zones", "zone"), read("profiles", "profile"), read("codesets", "codeset"), read("sources", "source")]);
    return () => {
      gone = true;
    };
  }, []);
  return offers;
}

/** @param {{ take: (text: string) => void, fail: (words: string) => void, outputs: Output[] }} props */
function Files({ take, fail, outputs }) {
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  const read = async (/** @type {Typed} */ event) => {
    const input = event.currentTarget;
    const [chosen] = input.files ?? [];
    if (!chosen) return;
    if (chosen.size > MOST) fail(t("port_table.too_large", { name: chosen.name }));
    else take(decoded(new Uint8Array(await chosen.arrayBuffer())));
    // The same file can be chosen again once it is mended.
    input.value = "";
  };
  const out = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csvOf(outputs)], { type: "text/csv" }));
    link.download = "ports.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`
    <button onClick=${() => file.current?.click()}>${t("csv.from")}</button>
    <button onClick=${out}>${t("csv.to")}</button>
    <input ref=${file} class="hidden" type="file" accept=".csv,.txt,text/csv" aria-label=${t("port_table.file")} tabindex="-1" onChange=${read} />
  `;
}

/** @param {{ output: Output, columns: string[], edit?: Record<string, string>, type: (edits: Edits) => void }} props */
function Row({ output, columns, edit, type }) {
  const { key, item, fixed } = output;
  const before = cellsOf(item);
  const name = edit?.name || before.name || key;
  return html`<tr>
    <th scope="row">${key}</th>
    ${columns.map((column) => {
      const value = edit?.[column] ?? before[column] ?? "";
      return html`<td key=${column} class=${value.trim() === before[column] ? "" : "changed"}>
        <input data-key=${key} data-column=${column} aria-label=${t("port_table.cell", { column: title(column), name })} title=${fixed ? t("setup.in_file") : undefined} disabled=${fixed} autocomplete="off"
          list=${OFFERED.includes(column) ? `offer-${column}` : undefined} value=${value} onInput=${(/** @type {Typed} */ event) => type(new Map([[key, { [column]: event.currentTarget.value }]]))} />
      </td>`;
    })}
  </tr>`;
}

/** @typedef {{ wanted?: Wanted, revision?: number, problems: string[], rows?: number }} Judged `rows` of them are wrong, in one way or in several */

/**
 * What the daemon says of the changes without making them: each row that is wrong, however many there are.
 * @param {Board[]} boards as they were when they were shown
 * @param {Change[]} changes
 * @returns {Promise<Judged>}
 */
async function judged(boards, changes) {
  const [devices, zones, tags] = await Promise.all([all("devices"), all("zones"), all("tags")]);
  const since = changedSince(boards, devices.items, changes);
  if (since.length) return { problems: [t("port_table.changed_since", { names: since.join(", ") })] };
  const known = { zones: zones.items.map(({ id }) => id), tags: tags.items.map(({ id }) => id) };
  /** @type {string[]} */
  const problems = [];
  /** @type {Set<string>} */
  const rows = new Set();
  let left = changes;
  // What cannot be read at all is told one at a time: without that row the others are judged.
  while (left.length) {
    const wanted = wantedOf(boards, left, known);
    try {
      await post("/api/v1/config/diff", { body: { document: wanted } });
      return { wanted: problems.length ? undefined : wanted, revision: devices.revision, problems, rows: rows.size };
    } catch (failed) {
      const [told, wrong] = rowProblems(failed, wanted);
      problems.push(...told);
      wrong.forEach((key) => rows.add(key));
      const rest = left.filter(({ output }) => !wrong.has(output.key));
      if (rest.length === left.length) break;
      left = rest;
    }
  }
  return { problems: [...new Set(problems)], rows: rows.size };
}

/**
 * Boards that somebody else changed while they were edited here.
 * @param {Board[]} shown
 * @param {Board[]} now
 * @param {Change[]} changes
 */
function changedSince(shown, now, changes) {
  const revisions = new Map(now.map(({ id, revision }) => [id, revision]));
  const edited = new Set(changes.map(({ output }) => output.hostname));
  return shown.filter(({ id, revision }) => edited.has(id) && revisions.get(id) !== revision).map(({ id }) => id);
}

/**
 * What is wrong in sentences, and with which outputs.
 * @param {unknown} failed
 * @param {Wanted} wanted
 * @returns {[told: string[], keys: Set<string>]}
 */
function rowProblems(failed, wanted) {
  if (!(failed instanceof Problem) || !failed.errors.length) return [[trouble(failed)], new Set()];
  /** @type {Set<string>} */
  const keys = new Set();
  const told = failed.errors.flatMap(({ field, detail }) => {
    // A zone or a tag that is made with a row is wrong in that row, where it is told.
    if (/^document\.(zones|tags)\[/.test(field) && failed.errors.some((one) => placeOf(one.field, wanted).key)) return [];
    const { key, field: column } = placeOf(field, wanted);
    if (key) keys.add(key);
    const where = [key, column && key ? title(column) : column].filter(Boolean).join(", ");
    return [where ? `${where}: ${detail}` : detail];
  });
  return [told, keys];
}

/** How often it is tried anew where something else of the configuration, as a session, changed in between. */
const TRIES = 5;

/**
 * Saves all of it or nothing; gives what is wrong, if anything.
 * @param {Board[]} boards
 * @param {Change[]} changes
 */
async function save(boards, changes) {
  for (let tries = 1; ; tries += 1) {
    const { wanted, revision, problems } = await judged(boards, changes);
    if (!wanted) return problems;
    try {
      await post("/api/v1/config/apply", { body: { document: wanted, revision } });
      return [];
    } catch (failed) {
      const isStale = failed instanceof Problem && failed.status === 412;
      if (!isStale || tries === TRIES) return [trouble(failed)];
    }
  }
}

/** @param {{ changes: Change[], boards: Board[], close: () => void, saved: () => void }} props */
function Review({ changes, boards, close, saved }) {
  const [found, setFound] = useState(/** @type {Judged | null} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let gone = false;
    const told = (/** @type {Judged} */ judgement) => gone || setFound(judgement);
    judged(boards, changes).then(told, (failed) => told({ problems: [trouble(failed)] }));
    return () => {
      gone = true;
    };
  }, []);
  const keep = async () => {
    setBusy(true);
    const problems = await save(boards, changes).catch((failed) => [trouble(failed)]);
    setBusy(false);
    if (problems.length) return setFound({ problems });
    store.toast({ id: "port-table", kind: "note", words: t("port_table.saved", { n: changes.length }) });
    store.load();
    return saved();
  };
  const fresh = found?.wanted ? [...found.wanted.zones.map(({ id }) => `${t("field.zone")}: ${id}`), ...found.wanted.tags.map(({ id }) => `${t("field.tags")}: ${id}`)] : [];
  return html`<${Dialog} title=${t("port_table.changes")} close=${close} wide>
    <div class="run">
      <button class="main" disabled=${busy || !found?.wanted} onClick=${keep}>${t("port_table.save", { n: changes.length })}</button>
      <p role="status">${!found ? t("page.reading") : found.wanted ? t("port_table.all_or_nothing") : found.rows ? t("port_table.wrong", { n: found.rows }) : ""}</p>
    </div>
    ${found?.problems.length ? html`<ul class="problem" role="alert">${found.problems.map((words) => html`<li key=${words}>${words}</li>`)}</ul>` : ""}
    ${fresh.length ? html`<p>${t("port_table.made", { names: fresh.join(", ") })}</p>` : ""}
    <ul class="plan">
      ${changes.map(({ output, cells, differences }) => html`<li key=${output.key}><b>${cells.name || output.key}</b> <small>${output.key}</small>
        <span>${differences.map(({ column, before, after }) => t("port_table.difference", { column: title(column), before: before || t("field.none"), after: after || t("field.none") })).join(" · ")}</span></li>`)}
    </ul>
  <//>`;
}
