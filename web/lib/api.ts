/** The one door to the API: paths, types and errors. Nothing else in the page calls fetch. */
import type { components } from "./contract";
import { askForToken, authorization } from "./token";

type Schemas = components["schemas"];
export type Opportunity = Schemas["Opportunity"];
export type Opportunities = Schemas["Opportunities"];
export type ScoreBreakdown = Schemas["ScoreBreakdown"];
export type RiskFlag = Schemas["RiskFlag"];
export type Segment = Schemas["Segment"];
export type Severity = Schemas["Severity"];
export type Side = Schemas["Side"];
export type Category = Schemas["Category"];
export type Gate = Schemas["Gate"];
export type MarketAnswer = Schemas["MarketAnswer"];
export type AskLevel = Schemas["AskLevel"];
export type QuoteDetail = Schemas["QuoteDetail"];
export type ScoreDetail = Schemas["ScoreDetail"];
export type RulesDetail = Schemas["RulesDetail"];
export type History = Schemas["History"];
export type Sample = Schemas["Sample"];
export type Gates = Schemas["Gates"];
export type GateCheck = Schemas["GateCheck"];
export type GateStretch = Schemas["GateStretch"];
export type Funnel = Schemas["Funnel"];
export type Nearest = Schemas["Nearest"];
export type NearMarket = Schemas["NearMarket"];
export type System = Schemas["System"];
export type JobReport = Schemas["JobReport"];
export type Config = Schemas["Config"];

const TIMEOUT_MS = 15_000;
const UNAUTHORIZED = 401;
export const SERVER_AWAY = "The server does not answer";

/** Why there is no answer; `status` is 0 when nobody answered at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

let serverAheadMs = 0;

/** The server's clock, as far as its last answer told: ages must not depend on the clock of this machine. */
export function serverNow(): number {
  return Date.now() + serverAheadMs;
}

function noteServerClock(answer: Response): void {
  const told = Date.parse(answer.headers.get("date") ?? "");
  const ahead = told - Date.now();
  // The header has whole seconds: less than two of difference is no difference.
  if (Number.isFinite(ahead)) serverAheadMs = Math.abs(ahead) < 2_000 ? 0 : ahead;
}

/** The answer to a GET of one of our own paths; throws ApiError. */
export async function ask<T>(path: string): Promise<T> {
  const answer = await answered(path, "application/json", authorization());
  return (await answer.json()) as T;
}

/** A file of ours, whole; throws ApiError. */
export async function askFile(path: string): Promise<Blob> {
  return (await answered(path, "text/csv", authorization())).blob();
}

/** True when the server takes this token; throws ApiError when it says nothing about it. */
export async function isRightToken(token: string): Promise<boolean> {
  try {
    await answered(paths.config, "application/json", authorization(token));
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === UNAUTHORIZED) return false;
    throw error;
  }
}

async function answered(path: string, accept: string, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(path, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept, ...headers },
  }).catch(() => {
    throw new ApiError(0, SERVER_AWAY);
  });
  noteServerClock(answer);
  if (answer.status === UNAUTHORIZED) askForToken();
  if (!answer.ok) throw new ApiError(answer.status, await problemOf(answer));
  return answer;
}

async function problemOf(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
  return problem.detail ?? `The server answered ${answer.status}`;
}

export const paths = {
  opportunities: (query: string) => `/v1/opportunities?${query}`,
  csv: (query: string) => `/v1/opportunities.csv${query === "" ? "" : `?${query}`}`,
  market: (id: string) => `/v1/market/${encodeURIComponent(id)}`,
  history: (id: string) => `/v1/market/${encodeURIComponent(id)}/history`,
  gates: (id: string) => `/v1/market/${encodeURIComponent(id)}/gates`,
  nearest: "/v1/nearest",
  funnel: "/v1/funnel",
  system: "/v1/system",
  config: "/v1/config",
} as const;
