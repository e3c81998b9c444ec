"use client";

import { useDeferredValue } from "react";
import { useConfig, useFunnel, useSystem } from "@/lib/live";
import * as format from "@/lib/format";
import { CircuitList } from "./circuit-list";
import { ConfigTable } from "./config-table";
import { CountTable } from "./count-table";
import { FunnelChart } from "./funnel-chart";
import { JobTable } from "./job-table";
import { Panel } from "./panel";
import { StaleBanner } from "./stale-banner";

/** How the parts are doing, and what is in force. */
export function SystemPage() {
  const [asked, toFunnel, toConfig] = [useSystem(), useFunnel(), useConfig()];
  // Painted in slices: nobody who presses a key meanwhile has to wait.
  const system = useDeferredValue(asked.data);
  const funnel = useDeferredValue(toFunnel.data);
  const config = useDeferredValue(toConfig.data);
  const { error } = asked;
  // All panels at once, so that none pushes another away as it fills; one that has no answer keeps its outline.
  const isReady = (system ?? error) !== undefined && (funnel ?? toFunnel.error) !== undefined && (config ?? toConfig.error) !== undefined;
  if (!isReady) return <SystemSkeleton />;
  return (
    <>
      <h1>System</h1>
      <div className="system-grid">
        <Panel title="Jobs" className="wide">{system ? <JobTable jobs={system.jobs} /> : <div className="ghost jobs-ghost" />}</Panel>
        <Panel title="Funnel">{funnel ? <FunnelChart funnel={funnel} /> : <div className="ghost funnel-ghost" />}</Panel>
        <div className="column">
          <Panel title="Venue breakers">{system ? <CircuitList circuits={system.circuits} /> : <div className="ghost nearest-ghost" />}</Panel>
          <Panel title="Skipped and dropped">
            {system ? (
              <>
                <p className="soft">In this process, since {format.stamp(system.started)}.</p>
                <CountTable title="Venue records not used, by reason" counts={system.records_skipped} none="No record was skipped." />
                <CountTable title="Rows not written, a newer one is stored" counts={system.writes_dropped} none="No write was dropped." />
                <CountTable title="Ticks missed, the cycle before still ran" counts={system.missed_ticks} none="No tick was missed." />
                <CountTable title="Failed cycles, by job and kind" counts={system.job_errors} none="No cycle failed." />
              </>
            ) : (
              <div className="ghost tall-ghost" />
            )}
          </Panel>
        </div>
        <Panel title="Configuration in force" className="wide">{config ? <ConfigTable config={config} /> : <div className="ghost tall-ghost" />}</Panel>
      </div>
      {error !== undefined && <StaleBanner error={error} as_of={system?.as_of ?? null} />}
    </>
  );
}

/** The shape of the page before the first answers. */
function SystemSkeleton() {
  return (
    <div aria-busy="true">
      <h1>System</h1>
      <p className="visually-hidden" role="status">
        Loading the state of the system
      </p>
      <div className="system-grid">
        <div className="ghost wide jobs-ghost" />
        <div className="ghost funnel-ghost" />
        <div className="ghost funnel-ghost" />
      </div>
    </div>
  );
}
