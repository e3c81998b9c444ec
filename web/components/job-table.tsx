"use client";

import type { JobReport } from "@/lib/api";
import * as format from "@/lib/format";
import { ageSec, useNow } from "@/lib/now";

const SIGNS = { ok: "● ok", overdue: "▲ overdue", failing: "◐ failing", waiting: "○ waiting" } as const;

function stateOf(job: JobReport): keyof typeof SIGNS {
  if (job.overdue) return "overdue";
  if (job.consecutive_failures > 0) return "failing";
  return job.last_success === null ? "waiting" : "ok";
}

function countsOf(job: JobReport): string {
  const told = Object.entries(job.counts).filter(([name]) => name !== "as_of");
  return told.map(([name, value]) => `${format.words(name)} ${format.plain(value)}`).join(" · ");
}

export function JobTable({ jobs }: { readonly jobs: readonly JobReport[] }) {
  const now = useNow(1);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Jobs table">
      <table className="jobs">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">State</th>
            <th scope="col" className="number">Last success</th>
            <th scope="col" className="number">Took</th>
            <th scope="col" className="number">Every</th>
            <th scope="col">Last cycle counted</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => {
            const state = stateOf(job);
            const age = ageSec(now, job.last_success);
            return (
              <tr key={job.job} data-job={job.job}>
                <th scope="row">{format.words(job.job)}</th>
                <td className={`state ${state}`}>{SIGNS[state]}</td>
                <td className="number" title={format.stamp(job.last_success)}>{age === null ? "never" : `${format.duration(age)} ago`}</td>
                <td className="number">{format.took(job.last_duration_sec)}</td>
                <td className="number">{format.duration(job.cadence_sec)}</td>
                <td className="counts">{countsOf(job)}</td>
                <td>{job.last_error_kind === null ? <span className="soft">none</span> : `${job.last_error_kind}, ${format.stamp(job.last_error_at)}`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
