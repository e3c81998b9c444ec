/** How old is what is shown? Quotes, scores and the venue, each fresh, late or stale. */
import type { JobReport, System } from "./api";
import { ageSec } from "./now";
import * as format from "./format";

export type Level = "fresh" | "late" | "stale" | "unknown";
export interface Freshness {
  readonly name: "quotes" | "scores" | "venue";
  readonly level: Level;
  readonly words: string;
}

const GRACE_SEC = 15;
const STALE_GRACE_SEC = 30;

/** Late after two cadences, stale after three and half a minute: where /readyz calls the job overdue. */
export function levelOf(age: number | null, cadence: number): Level {
  if (age === null) return "unknown";
  if (age > 3 * cadence + STALE_GRACE_SEC) return "stale";
  return age > 2 * cadence + GRACE_SEC ? "late" : "fresh";
}

function ofJob(name: "quotes" | "scores", job: JobReport | undefined, now: number): Freshness {
  const age = ageSec(now, job?.last_success);
  if (job === undefined || age === null) return { name, level: "unknown", words: "none yet" };
  return { name, level: levelOf(age, job.cadence_sec), words: `${format.duration(age)} old` };
}

function ofVenue(system: System, jobs: ReadonlyMap<string, JobReport>): Freshness {
  const broken = system.circuits.filter((circuit) => circuit.state !== "closed");
  const failing = Math.max(0, ...["quotes", "discovery_window"].map((name) => jobs.get(name)?.consecutive_failures ?? 0));
  if (broken.some((circuit) => circuit.state === "open")) return { name: "venue", level: "stale", words: "not asked: breaker open" };
  if (broken.length > 0) return { name: "venue", level: "late", words: "being tried again" };
  if (failing > 0) return { name: "venue", level: failing > 2 ? "stale" : "late", words: format.counted(failing, "failure") };
  const isKnown = ["quotes", "discovery_window"].some((name) => jobs.get(name)?.last_success);
  return isKnown ? { name: "venue", level: "fresh", words: "answers" } : { name: "venue", level: "unknown", words: "no answer yet" };
}

export function freshnessOf(system: System, now: number): Freshness[] {
  const jobs = new Map(system.jobs.map((job) => [job.job, job]));
  return [ofJob("quotes", jobs.get("quotes"), now), ofJob("scores", jobs.get("score"), now), ofVenue(system, jobs)];
}

const ORDER: readonly Level[] = ["fresh", "unknown", "late", "stale"];

/** The worst of several. */
export function worst(all: readonly Freshness[]): Level {
  return all.reduce<Level>((level, one) => (ORDER.indexOf(one.level) > ORDER.indexOf(level) ? one.level : level), "fresh");
}
