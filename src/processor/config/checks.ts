import { isIPv6 } from 'node:net';
import { alertRules } from '../../core/index.ts';
import { bindRefusal, type ListenerKey } from '../http/bind.ts';
import { alertRulesPath } from './alert-keys.ts';
import type { Config } from './config.ts';
import { type Endpoint, endpointsOverlap, formatEndpoint } from './endpoint.ts';

/** Something that is wrong between keys. */
export interface Conflict {
  /** Those involved, the one to be changed first: one that couldn't be read isn't blamed a second time. */
  readonly keys: readonly [string, ...string[]];
  /** Completes "it must …". */
  readonly must: string;
  /** Where the first key's value doesn't tell enough. */
  readonly current?: string;
}

/**
 * Holds keys against each other.
 *
 * @param config - Everything read.
 * @param isBuilt - Whether the feature of a key is there: what doesn't run takes no port.
 * @returns All conflicts.
 */
export function findConflicts(config: Config, isBuilt: (key: string) => boolean): Conflict[] {
  return [
    ...orderConflicts(config),
    ...overrideConflicts(config),
    ...alertConflicts(config),
    ...listenerConflicts(
      listenersOf(config).filter(({ key }) => isBuilt(key)),
      config,
    ),
    ...duplicates('auth.tokens', 'name', config.auth.tokens),
    ...duplicates('agents', 'id', config.agents),
    ...duplicates('health.integrations', 'name', config.health.integrations),
    ...agentConflicts(config),
    ...allowedHostConflicts(config),
  ];
}

/**
 * Says what is allowed but hardly meant.
 *
 * @param config - A configuration without conflicts.
 */
export function findOddities(config: Config): string[] {
  return [...tokenOddities(config), ...alertOddities(config)];
}

function alertOddities({ alerts }: Config): string[] {
  if (alerts.alertmanager.url === '' || alerts.webhook.url === '') return [];
  return [
    'alerts.alertmanager.url and alerts.webhook.url are both set: each alert is told twice; keep one of them',
  ];
}

function tokenOddities({ auth, receivers, http }: Config): string[] {
  if (auth.tokens.length === 0) return [];
  const warnings: string[] = [];
  const has = (...roles: string[]) => auth.tokens.some(({ role }) => roles.includes(role));
  if (!has('ingest')) {
    const endpoint = formatEndpoint(receivers.otlp.http.endpoint);
    warnings.push(`auth.tokens has no token of role ingest: nobody can send telemetry to ${endpoint}`);
  }
  if (!has('read', 'operator')) {
    const endpoint = formatEndpoint(http.endpoint);
    warnings.push(`auth.tokens has no token of role read or operator: nobody can read from ${endpoint}`);
  }
  return warnings;
}

function orderConflicts({ liveness, receivers, store, health, tls }: Config): Conflict[] {
  const conflicts: Conflict[] = [];
  const smaller = (isFine: boolean, key: string, how: string, other: string) => {
    if (!isFine) conflicts.push({ keys: [key, other], must: `be ${how} ${other}` });
  };
  const { http } = receivers.otlp;
  const bodyKey = 'receivers.otlp.http.max_body';
  smaller(
    liveness.lateAfterMs < liveness.offlineAfterMs,
    'liveness.late_after',
    'shorter than',
    'liveness.offline_after',
  );
  smaller(http.maxBodyBytes <= http.maxInflatedBytes, bodyKey, 'at most', 'receivers.otlp.http.max_inflated');
  smaller(
    store.minuteRetentionMs <= store.hourRetentionMs,
    'store.minute_retention',
    'at most',
    'store.hour_retention',
  );
  smaller(health.degradedAt < health.healthyAt, 'health.degraded_at', 'below', 'health.healthy_at');
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    const keys = ['tls.key_file', 'tls.cert_file'] as const;
    conflicts.push({
      keys: tls.keyFile === '' ? keys : [keys[1], keys[0]],
      must: 'be set together with the other',
    });
  }
  if (Object.values(health.weights).every((weight) => weight === 0)) {
    conflicts.push({ keys: ['health.weights'], must: 'have a weight above 0', current: '0 for all' });
  }
  return conflicts;
}

function overrideConflicts({ liveness }: Config): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const [index, { match, ...limits }] of liveness.overrides.entries()) {
    const key = `liveness.overrides[${index}]`;
    if (Object.values(match).every((value) => value === undefined)) {
      conflicts.push({
        keys: [key],
        must: 'match an id, a session or a type',
        current: 'a match of nothing',
      });
    }
    if (Object.values(limits).every((value) => value === undefined)) {
      conflicts.push({ keys: [key], must: 'set offline_after or stalled_after', current: 'neither' });
    }
  }
  return conflicts;
}

/** What matters more must be farther off. */
function alertConflicts({ alerts }: Config): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const { name, levels, comparison } of alertRules) {
    const { threshold } = alerts.rules[name];
    if (levels.length < 2 || typeof threshold !== 'object') continue;
    const { warning = 0, critical = 0 } = threshold;
    if (comparison === '<' ? warning > critical : warning < critical) continue;
    const key = `${alertRulesPath}.${name}.threshold`;
    conflicts.push({
      keys: [`${key}.warning`, `${key}.critical`],
      must: `be ${comparison === '<' ? 'above' : 'below'} ${key}.critical`,
    });
  }
  return conflicts;
}

interface Listener {
  readonly key: ListenerKey;
  readonly endpoint: Endpoint;
}

function listenersOf({ receivers, http }: Config): Listener[] {
  return [
    { key: 'receivers.otlp.http.endpoint', endpoint: receivers.otlp.http.endpoint },
    { key: 'receivers.otlp.grpc.endpoint', endpoint: receivers.otlp.grpc.endpoint },
    { key: 'http.endpoint', endpoint: http.endpoint },
  ];
}

function listenerConflicts(listeners: readonly Listener[], { auth }: Config): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const [index, { key, endpoint }] of listeners.entries()) {
    const must = bindRefusal(endpoint, auth.tokens, key);
    if (must !== undefined)
      conflicts.push({ keys: [key, 'auth.tokens'], must, current: formatEndpoint(endpoint) });
    const earlier = listeners.slice(0, index).find((other) => endpointsOverlap(other.endpoint, endpoint));
    if (earlier !== undefined)
      conflicts.push({ keys: [key, earlier.key], must: `have another port than ${earlier.key}` });
  }
  return conflicts;
}

function agentConflicts({ agents, limits }: Config): Conflict[] {
  if (agents.length <= limits.maxAgents) return [];
  const must = `be at least the ${agents.length} agents declared`;
  return [{ keys: ['limits.max_agents', 'agents'], must, current: String(limits.maxAgents) }];
}

function duplicates<Name extends string>(
  list: string,
  name: Name,
  items: readonly { readonly [Key in Name]: string }[],
): Conflict[] {
  const first = new Map<string, string>();
  const conflicts: Conflict[] = [];
  for (const [index, item] of items.entries()) {
    const key = `${list}[${index}].${name}`;
    const earlier = first.get(item[name]);
    if (earlier === undefined) first.set(item[name], key);
    else conflicts.push({ keys: [key, earlier], must: `differ from ${earlier}`, current: item[name] });
  }
  return conflicts;
}

/** A name with scheme, port or path would never match, and nobody would know why. */
function allowedHostConflicts({ http }: Config): Conflict[] {
  return http.allowedHosts
    .filter((host) => !/^[a-z0-9._-]+$/i.test(host) && !isIPv6(host))
    .map((host) => ({
      keys: ['http.allowed_hosts'],
      must: 'name hosts alone, without scheme, port and path',
      current: host,
    }));
}
