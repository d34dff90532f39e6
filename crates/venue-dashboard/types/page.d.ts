// What the page knows and shows, made of what the API says of it (openapi.d.ts, generated from
// docs/openapi.json). Nothing of this is part of the page: it is for whoever reads or checks it.
import type { components, paths } from "./openapi";

/** The schemas of the API by their names. */
export type Schemas = components["schemas"];

/** The name of an action, as a command has it. */
export type ActionName = Schemas["CommandBody"]["command"];

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The paths that take this method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][Lowercase<M> & keyof paths[P]] extends { responses: unknown } ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends keyof paths> = paths[P][Lowercase<M> & keyof paths[P]];
type Json<R> = R extends { content: { "application/json": infer J } } ? J : never;
type Success<R> = { [S in keyof R & (200 | 201 | 202)]: Json<R[S]> }[keyof R & (200 | 201 | 202)];

/** What a request that was carried out is answered with. */
export type Answer<M extends Method, P extends keyof paths> = P extends unknown ? (Operation<M, P> extends { responses: infer R } ? Success<R> : never) : never;

/** A name in a path is a text, and a number is one; of a closed list it is one of the list. */
type InPath<T> = string extends T ? string | number : T;
type Names<O> = O extends { parameters: { path: infer N } } ? { path: { [K in keyof N]: InPath<N[K]> } } : { path?: undefined };
/** What is `undefined` or `null` is left out. */
type Query<O> = O extends { parameters: { query?: infer Q } } ? ([NonNullable<Q>] extends [never] ? { query?: undefined } : { query?: { [K in keyof NonNullable<Q>]?: string | number | null } }) : { query?: undefined };
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : { body?: undefined };

/** What goes with a request: what stands for the names in its path, its query, its body. */
export type RequestOf<M extends Method, P extends keyof paths> = Names<Operation<M, P>> & Query<Operation<M, P>> & Body<Operation<M, P>> & { headers?: Record<string, string> };

/** The same as arguments: none where a request needs none. */
export type RequestArguments<M extends Method, P extends keyof paths> = {} extends RequestOf<M, P> ? [request?: RequestOf<M, P>] : [request: RequestOf<M, P>];

/** Sends a request by any method. */
export type Ask = <M extends Method, P extends PathOf<M>>(method: M, path: P, ...request: RequestArguments<M, P>) => Promise<Answer<M, P>>;
/** Sends a request by one method. */
export type AskBy<M extends Method> = <P extends PathOf<M>>(path: P, ...request: RequestArguments<M, P>) => Promise<Answer<M, P>>;

/** A request as it is carried out, whatever it is. */
export interface AnyRequest {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What an answer that is not 2xx says: a problem document of the daemon, or what a proxy wrote. */
export type ProblemBody = Partial<Schemas["Problem"]> & { superseded_by?: string | null };

/** The items of a configuration, by their kinds in paths. */
export interface Items {
  devices: Schemas["DeviceItem"];
  zones: Schemas["ZoneItem"];
  tags: Schemas["TagItem"];
  profiles: Schemas["ProfileItem"];
  channels: Schemas["ChannelItem"];
  codesets: Schemas["CodesetItem"];
  presets: Schemas["PresetItem"];
  sources: Schemas["SourceItem"];
}

/** Where a code is tried: a TV, and the transmitter if it is not that of the port. */
export interface At {
  hostname: string;
  port: number;
  emitter?: string;
}

/** A code set to choose: one of the venue, one that comes with the daemon, or a file. */
export interface Offer {
  key: string;
  codeset?: string;
  starter?: string;
  file?: string;
  title: string;
  more: string;
}

/** An item of one kind with what is known of it. */
export type ConfigItemOf<K extends keyof Items> = Omit<Schemas["ConfigItem"], "item"> & { item: Items[K] };
/** All items of one kind. */
export type ConfigListOf<K extends keyof Items> = Omit<Schemas["ConfigList"], "items"> & { items: ConfigItemOf<K>[] };

/** A command of a tile. What the daemon did not take has no name there; events say null where nothing is waited for. `heard` is when this page was told, by its own time. */
export type TileCommand = Omit<Schemas["PortCommand"], "command_id" | "tried_until"> & { command_id?: string; tried_until?: string | null; heard?: number };

/** A TV of the wall, or the box of a source. `sending` is what was pressed here and is not answered yet. */
export type Port = Omit<Schemas["PortView"], "last" | "waiting"> & { key: string; sending?: string | null; last?: TileCommand | null; waiting?: TileCommand | null };

/** A board: what an event says of one that is new is less than what the API says. */
export type Device = Partial<Schemas["DeviceStatus"]> & Pick<Schemas["DeviceStatus"], "hostname" | "presence" | "online" | "since"> & { latencies?: number[] };

/** A batch as far as it is known: from its answer, from events and from the list. */
export interface Batch {
  batch_id: string;
  total?: number;
  statuses?: Partial<Schemas["StatusCounts"]>;
  finished?: boolean;
  command?: string | null;
  channel?: string | null;
  created_by?: string | null;
  created_at?: string;
  notes?: string | null;
  /** How many TVs it is for. */
  ports?: number;
  /** Which, where that is known. */
  keys?: string[];
  /** What the caller may do with it, as far as it was read. */
  allowed?: string[];
  /** The batches that took it back and tried it anew, as far as it was read. */
  undone_by?: string;
  retried_by?: string;
  /** The TVs that were left alone when it was taken back from here. */
  leftAlone?: Schemas["SkippedPort"][];
  /** What was pressed here. */
  what?: string;
  /** How many other targets share a command of it, by its id. */
  shared?: Map<string, number>;
  /** Which other screens it changes, for people. */
  also?: string;
  /** More that was answered to it, for people. */
  told?: string;
  /** When it was sent from here, and when its first progress was seen: milliseconds of this page. */
  sentAt?: number;
  firstAt?: number;
}

export interface Toast {
  id: string;
  kind: "batch" | "note" | "problem";
  /** The batch that it follows. */
  batch?: string;
  what?: string;
  words?: string;
  /** The page on which it was said. */
  place?: string;
}

/** The events of the daemon with their data, and one of the page itself. */
export type Events = Schemas["Events"] & { sending: { key: string; words: string | null } };
/** An event with its data, whichever it is. */
export type AnyEvent = { [N in keyof Events]: [name: N, data: Events[N]] }[keyof Events];

/** What one command became, and in words. */
export interface Verdict {
  kind: "delivered" | "pending" | "unknown" | "replaced" | "failed";
  words: string;
}

/** What goes with a command besides its name. */
export interface Parameters {
  channel?: string;
  digit?: number;
  input?: string;
}

/** A field of a form. `fresh` is asked for only when an item is made. */
export interface Field {
  name: string;
  label: string;
  hint?: string;
  required?: boolean;
  fresh?: boolean;
  /** Not shown now; it keeps what was typed, and says nothing. */
  hidden?: boolean;
  kind?: "lines" | "tvs" | "steps" | "check" | "choice" | "number" | "secret" | "pairs" | "color" | "port" | "time" | "moment" | "days" | "dates";
  choices?: (string | [key: string, words: string])[];
}

/** Why a TV of a batch was left alone. */
export type Skipped = Pick<Schemas["SkippedPort"], "code" | "detail">;

/** What the form controls send: what was typed, chosen or ticked. */
export type Typed = Event & { currentTarget: HTMLInputElement };

export interface Theme {
  now(): string;
  toggle(): void;
}

declare global {
  interface Window {
    theme: Theme;
    uPlot: typeof import("uplot");
  }
}
