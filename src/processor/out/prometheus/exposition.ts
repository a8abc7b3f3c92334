import { type MetricDefinition, statusPrecedence } from '@agent-vitals/contract';
import type { Alert } from '../../../core/index.ts';
import { type SystemUsage, usageOfHosts } from '../../health/system-usage.ts';
import { agentFamilies } from './agent-families.ts';
import { type AgentSample, sampleAgent } from './agent-sample.ts';
import { alertFamilies, sampleAlerts } from './alert-families.ts';
import type { AvailabilityCounters } from './availability-counters.ts';
import type { ExposedFleet } from './exposed-fleet.ts';
import { countRows, type Family } from './family.ts';
import { type FleetSample, fleetFamilies } from './fleet-families.ts';
import { surveyFleet } from './fleet-survey.ts';
import { gapFamilies, sampleGaps } from './gap-families.ts';
import { integrationFamilies, sampleIntegrations } from './integration-families.ts';
import { judgeCost, Pace } from './pace.ts';
import { type ChunkSink, RowWriter } from './row-writer.ts';
import { type SessionJudge, selectSessions } from './select-sessions.ts';
import { selectAgents } from './series-budget.ts';
import { sessionFamilies } from './session-families.ts';

/** What an exposition is made from. */
export interface ExpositionSource {
  /** It may change while an exposition is written. */
  readonly fleet: ExposedFleet;
  readonly verdictOf: SessionJudge;
  /** How busy the processor's own host is: told where no agent tells of its host. */
  ownHost(): SystemUsage;
  /** Mean of all agents' scores as they were last gone round, null before: told where not all are sampled here. */
  fleetScore(): number | null;
  /** Alerts that fire. */
  firingAlerts(): Iterable<Alert>;
  /** What former expositions told; the same for all of a fleet. */
  readonly availabilityCounters: AvailabilityCounters;
}

export interface ExpositionOptions {
  /** Now, on the fleet's time line. */
  readonly nowMs: number;
  /** Turns a moment of the fleet's time line into milliseconds since the epoch. */
  toEpochMs(atMs: number): number;
  /** The series budget, for agents and everything else together (`exposition.max_series`). */
  readonly maxSeries: number;
  /** So many sessions have series (`exposition.detailed_sessions`). */
  readonly detailedSessions: number;
  /** Calls the exposition off. */
  readonly signal?: AbortSignal;
}

export interface ExpositionSummary {
  /** Series written. */
  readonly series: number;
  /** Agents that have series of their own. */
  readonly agents: number;
}

/** Every metric that an exposition may have. */
export const exposedMetrics: readonly MetricDefinition[] = [
  ...fleetFamilies,
  ...gapFamilies,
  ...integrationFamilies,
  ...sessionFamilies,
  ...alertFamilies,
  ...agentFamilies,
].map(({ metric }) => metric);

/**
 * Writes what is known of the fleet in Prometheus' text format 0.0.4. Beyond the series budget only agents that
 * aren't fine have series of their own, then only the worst of them; what is said of the fleet as a whole, its sessions
 * and integrations is always there. An agent has all its series or none.
 *
 * @param source - The fleet, and what else there is to tell of.
 * @param options - Time, bounds, and how to call it off.
 * @param write - Takes at most 512 rows at a time; it is awaited before the next piece is made.
 * @returns How much was written.
 * @throws What `write` throws, and the signal's reason.
 * @example
 * ```ts
 * const options = { nowMs: clock.now(), toEpochMs: clock.toEpochMs, maxSeries: 300_000, detailedSessions: 1000 };
 * await writeExposition(source, options, async (chunk) => void process.stdout.write(chunk));
 * ```
 */
export async function writeExposition(
  source: ExpositionSource,
  options: ExpositionOptions,
  write: ChunkSink,
): Promise<ExpositionSummary> {
  const { fleet, availabilityCounters } = source;
  const { nowMs, maxSeries } = options;
  const pace = new Pace(options.signal ?? new AbortController().signal);
  availabilityCounters.begin(nowMs);

  const sums = await surveyFleet(fleet, pace);
  const gaps = sampleGaps(fleet.gaps);
  const sessions = await selectSessions(fleet, source.verdictOf, options.detailedSessions, pace);
  const integrations = await sampleIntegrations(fleet, nowMs, pace);
  const alerts = await sampleAlerts(source.firingAlerts(), maxSeries, pace);
  const fleetSample: FleetSample = {
    labels: '',
    agentsByStatus: new Map(statusPrecedence.map((status) => [status, fleet.countIn(status)])),
    // Until it is known, its series is reckoned with.
    healthScore: 0,
    sums,
    system: usageOfHosts(fleet.hosts(nowMs)) ?? source.ownHost(),
    omittedAgents: 0,
  };
  const othersSeries =
    countRows(fleetFamilies, fleetSample) +
    (await countAll(gapFamilies, gaps, pace)) +
    (await countAll(integrationFamilies, integrations, pace)) +
    (await countAll(sessionFamilies, sessions, pace)) +
    alerts.length;
  const sample = (slot: number) => sampleAgent(fleet, slot, nowMs, availabilityCounters);
  const { samples, isComplete } = await selectAgents(fleet, sample, maxSeries - othersSeries, pace);
  const ofAllAgents = isComplete
    ? { omittedAgents: 0, healthScore: meanScore(samples) }
    : { omittedAgents: Math.max(0, fleet.size - samples.length), healthScore: source.fleetScore() };

  // The wall clock is set at most once in an exposition: all its times are by the same reading.
  const epochOffsetMs = options.toEpochMs(nowMs) - nowMs;
  const writer = new RowWriter(write, pace, (atMs) => Math.round(atMs + epochOffsetMs) / 1000);
  await writer.families(fleetFamilies, [{ ...fleetSample, ...ofAllAgents }]);
  await writer.families(gapFamilies, gaps);
  await writer.families(integrationFamilies, integrations);
  await writer.families(sessionFamilies, sessions);
  await writer.families(alertFamilies, alerts);
  await writer.families(agentFamilies, samples);
  await writer.flush();
  return { series: writer.series, agents: samples.length };
}

async function countAll<Subject>(
  families: readonly Family<Subject>[],
  subjects: readonly Subject[],
  pace: Pace,
): Promise<number> {
  let rows = 0;
  for (const subject of subjects) {
    if (pace.spend(judgeCost)) await pace.giveWay();
    rows += countRows(families, subject);
  }
  return rows;
}

function meanScore(samples: readonly AgentSample[]): number | null {
  let sum = 0;
  let scored = 0;
  for (const { view } of samples) {
    if (view.health === null) continue;
    sum += view.health.score;
    scored += 1;
  }
  return scored === 0 ? null : sum / scored;
}
