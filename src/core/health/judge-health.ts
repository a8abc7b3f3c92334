import { statusPrecedence } from '@agent-vitals/contract';
import { flag, rowMask } from '../block.ts';
import type { AgentDetail, FinishedSeries } from '../detail.ts';
import type { Ledger } from '../ledger.ts';
import type { FleetView } from '../view.ts';
import { type Health, healthOf } from './score.ts';

/** Gathers what is known of an agent and judges its health. */
export function judgeHealth(fleet: FleetView, ledger: Ledger, slot: number, nowMs: number): Health | null {
  const block = ledger.registry.blockOf(slot);
  const row = slot & rowMask;
  const detail = ledger.registry.detail(slot);
  return healthOf(
    {
      status: statusPrecedence[block.status[row]!] ?? 'unknown',
      isLate: block.has(row, flag.late),
      isInMaintenance: block.has(row, flag.maintenance),
      successRatio: ledger.work.successRatioOf(slot, nowMs),
      confidence: numberOrNull(fleet.confidenceOf(slot)),
      latencyRatio: ledger.work.latencyRatioOf(slot, nowMs),
      fullestResource: fullest(
        block.cpuUtilization[row]!,
        memoryShare(ledger, block.memoryBytes[row]!, detail, nowMs),
        block.eventLoopUtilization[row]!,
      ),
      integrationScore: integrationScore(ledger, detail, nowMs),
    },
    ledger.settings.health,
  );
}

/** What the agent has of its host's memory; NaN where either is not known. */
function memoryShare(ledger: Ledger, bytes: number, detail: AgentDetail | undefined, nowMs: number): number {
  const host = detail?.host ?? '';
  if (host === '' || Number.isNaN(bytes)) return Number.NaN;
  const limitBytes = ledger.hosts.viewOf(host, nowMs)?.memoryLimitBytes ?? 0;
  return limitBytes > 0 ? bytes / limitBytes : Number.NaN;
}

/** Mean score of the integrations that the agent has called; null where it called none. */
function integrationScore(ledger: Ledger, detail: AgentDetail | undefined, nowMs: number): number | null {
  const requests = detail?.requests;
  if (requests === undefined || requests.length === 0) return null;
  let sum = 0;
  let counted = 0;
  for (let at = 0; at < requests.length; at++) {
    if (isCountedBefore(requests, at)) continue;
    const score = ledger.integrations.scoreOf(requests[at]!.name, nowMs);
    if (score === null) continue;
    sum += score;
    counted++;
  }
  return counted === 0 ? null : sum / counted;
}

/** Successes and failures are series of their own: the integration counts once. */
function isCountedBefore(requests: readonly FinishedSeries[], at: number): boolean {
  for (let before = 0; before < at; before++) if (requests[before]!.name === requests[at]!.name) return true;
  return false;
}

function fullest(cpu: number, memory: number, eventLoop: number): number | null {
  let most = cpu;
  if (!(memory <= most) && !Number.isNaN(memory)) most = memory;
  if (!(eventLoop <= most) && !Number.isNaN(eventLoop)) most = eventLoop;
  return numberOrNull(most);
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
