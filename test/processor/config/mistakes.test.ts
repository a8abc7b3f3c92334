// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configuration files are written so
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, formatProblem, loadConfig } from '../../../src/processor/config/index.ts';

const folder = new URL('../../testdata/config/bad/', import.meta.url);

/** By the fixture's name, which says what is wrong in it: exactly what its reader is told. */
// biome-ignore format: a table is read by its lines
const mistakes: Readonly<Record<string, readonly string[]>> = {
  'agent-empty': [
    '3:4: Cannot use agents[1].id as it must be given: current value is missing',
  ],
  'agent-peers-not-a-list': [
    '2:21: Cannot use agents[0].peers as it must be a list of texts: current value is b',
  ],
  'agent-schema-not-a-map': [
    '2:22: Cannot use agents[0].schema as it must be a map: current value is object',
  ],
  'agent-without-id': [
    '2:5: Cannot use agents[0].id as it must be given: current value is missing',
  ],
  'agents-more-than-allowed': [
    '1:23: Cannot use limits.max_agents as it must be at least the 2 agents declared: current value is 1',
  ],
  'agents-not-a-list': [
    '2:3: Cannot use agents as it must be a list: current value is a map',
  ],
  'agents-of-one-id': [
    '4:9: Cannot use agents[2].id as it must differ from agents[0].id: current value is a',
  ],
  'alert-for-without-unit': [
    '1:41: Cannot use alerts.rules.AgentStalled.for as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is 5',
  ],
  'alert-key-unknown': [
    '1:36: Cannot use alerts.rules.AgentStalled.keep_fireing_for as a key must be one of those known: did you mean alerts.rules.AgentStalled.keep_firing_for?',
  ],
  'alert-rules-as-a-list': [
    '1:18: Cannot use alerts.rules as it must be a map of keys: current value is a list',
  ],
  'alert-severity-fixed': [
    '1:33: Cannot use alerts.rules.QueueDeep.severity as a key must be one of those known: in alerts.rules.QueueDeep there are enabled, for, keep_firing_for, threshold',
  ],
  'alert-severity-unknown': [
    '1:43: Cannot use alerts.rules.AgentLate.severity as it must be critical, warning or info: current value is page',
  ],
  'alert-threshold-above-one': [
    '1:53: Cannot use alerts.rules.AgentErrorRateHigh.threshold as it must be at most 1: current value is 50',
  ],
  'alert-threshold-of-one-severity': [
    '1:44: Cannot use alerts.rules.QueueDeep.threshold as it must be a map of keys: current value is 50',
  ],
  'alert-threshold-without-unit': [
    '1:50: Cannot use alerts.rules.IntegrationSlow.threshold as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is 5',
  ],
  'alert-unknown': [
    '4:5: Cannot use alerts.rules.AgentOfline as a key must be one of those known: did you mean alerts.rules.AgentOffline?',
  ],
  'alert-warning-above-critical': [
    '1:55: Cannot use alerts.rules.QueueDeep.threshold.warning as it must be below alerts.rules.QueueDeep.threshold.critical: current value is 500, that of alerts.rules.QueueDeep.threshold.critical 200',
  ],
  'alert-without-threshold': [
    '1:36: Cannot use alerts.rules.AgentOffline.threshold as a key must be one of those known: in alerts.rules.AgentOffline there are enabled, for, keep_firing_for, severity',
  ],
  'alias-bomb': [
    '1:1: Cannot read this as aliases must not make it greater than 2000000 nodes: it would have 1234567900',
  ],
  'alias-of-itself': [
    '2:21: Cannot follow *all as its anchor must stand before it',
  ],
  'alias-without-anchor': [
    '2:21: Cannot follow *everybody as its anchor must stand before it',
  ],
  'bind-beyond-loopback-without-ingest-token': [
    '1:40: Cannot use receivers.otlp.http.endpoint as it must be on loopback, such as 127.0.0.1:4318, unless auth.tokens has a token of role ingest: current value is [::]:4318',
  ],
  'bind-beyond-loopback-without-tokens': [
    '2:13: Cannot use http.endpoint as it must be on loopback, such as 127.0.0.1:8080, unless auth.tokens has a token of role read or operator: current value is 0.0.0.0:8080',
  ],
  'bracket-not-closed': [
    '2:1: Cannot read this line as it must be YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  'count-above-its-maximum': [
    '1:23: Cannot use limits.max_agents as it must be at most 10000000: current value is 1000000000',
  ],
  'count-below-its-minimum': [
    '1:29: Cannot use liveness.flap_threshold as it must be at least 2: current value is 1',
  ],
  'count-of-zero': [
    '1:27: Cannot use liveness.missed_beats as it must be at least 1: current value is 0',
  ],
  'count-with-a-fraction': [
    '1:27: Cannot use liveness.missed_beats as it must be a whole number: current value is 2.5',
  ],
  'degraded-above-healthy': [
    '1:41: Cannot use health.degraded_at as it must be below health.healthy_at: current value is 0.7, that of health.healthy_at 0.6',
  ],
  'duration-negative': [
    '1:23: Cannot use liveness.gap_hold as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is -5m',
  ],
  'duration-never': [
    '1:28: Cannot use liveness.offline_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is never',
  ],
  'duration-of-an-unknown-unit': [
    '1:25: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is 30sec',
  ],
  'duration-of-zero': [
    '1:26: Cannot use liveness.flap_window as it must be at least 1ms: current value is 0s',
  ],
  'duration-too-long': [
    '1:29: Cannot use store.snapshot_interval as it must be at most 1h: current value is 2h',
  ],
  'duration-without-unit': [
    '1:25: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is 30',
  ],
  'endpoint-address-mistyped': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is 127.0.0.300:8080',
  ],
  'endpoint-as-url': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is http://127.0.0.1:8080',
  ],
  'endpoint-ipv6-without-brackets': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is ::1:8080',
  ],
  'endpoint-port-too-high': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is 127.0.0.1:65536',
  ],
  'endpoint-without-host': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is :8080',
  ],
  'endpoint-without-port': [
    '1:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is localhost',
  ],
  'id-over-256-bytes': [
    '2:9: Cannot use agents[0].id as it must be at most 256 bytes long: current value is "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…"',
  ],
  'indent-of-another-depth': [
    '3:1: Cannot read this line as it must be YAML: all mapping items must start at the same column',
  ],
  'inflated-below-body': [
    '4:17: Cannot use receivers.otlp.http.max_body as it must be at most receivers.otlp.http.max_inflated: current value is 100MiB, that of receivers.otlp.http.max_inflated 64MiB',
  ],
  'integrations-of-one-name': [
    '4:15: Cannot use health.integrations[1].name as it must differ from health.integrations[0].name: current value is search',
  ],
  'key-twice': [
    '4:3: Cannot use liveness.late_after twice as a key must stand once in its map: the first is on line 2',
  ],
  'late-after-offline': [
    '2:18: Cannot use liveness.late_after as it must be shorter than liveness.offline_after: current value is 30s, that of liveness.offline_after 20s',
  ],
  'list-in-place-of-keys': [
    '1:1: Cannot use the file as it must be a map of keys: current value is a list',
  ],
  'listeners-on-one-port': [
    '2:13: Cannot use http.endpoint as it must have another port than receivers.otlp.http.endpoint: current value is localhost:4318, that of receivers.otlp.http.endpoint 127.0.0.1:4318',
  ],
  'map-in-place-of-a-value': [
    '2:15: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is a map',
  ],
  'merge-key': [
    '3:7: Cannot use "agents[1].<<" as a key must be one of those known: in agents[1] there are id, name, description, kind, peers, session, type, schema, liveness',
  ],
  'nested-too-deep': [
    '3:43: Cannot read this as nesting must be at most 32 deep',
  ],
  'not-built-yet': [
    '2:20: Cannot use live.update_interval as its feature is not built yet and it must stay at its default (30s) until then: current value is 10s',
  ],
  'not-built-yet-listener': [
    '1:40: Cannot use receivers.otlp.grpc.endpoint as its feature is not built yet and it must stay at its default (127.0.0.1:4317) until then: current value is 127.0.0.1:5317',
  ],
  'not-built-yet-map': [
    '3:13: Cannot use agents[0].schema as its feature is not built yet and it must stay at its default (empty) until then: current value is a map',
  ],
  'not-built-yet-secret': [
    '1:28: Cannot use export.otlp.headers as its feature is not built yet and it must stay at its default ({}) until then: current value is a map',
  ],
  'nothing-in-place-of-a-value': [
    '2:14: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is empty',
    '3:13: Cannot use liveness.gap_hold as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is empty',
  ],
  'override-that-matches-nothing': [
    '3:7: Cannot use liveness.overrides[0] as it must match an id, a session or a type: current value is a match of nothing',
  ],
  'override-without-limit': [
    '3:7: Cannot use liveness.overrides[0] as it must set offline_after or stalled_after: current value is neither',
  ],
  'ratio-above-one': [
    '1:24: Cannot use liveness.gap_ratio as it must be at most 1: current value is 50',
  ],
  'ratio-as-percent': [
    '1:24: Cannot use liveness.gap_ratio as it must be a number: current value is 50%',
  ],
  'ratio-of-zero': [
    '1:24: Cannot use liveness.gap_ratio as it must be above 0: current value is 0',
  ],
  'recovery-soon': [
    '1:44: Cannot use exhaustion.default_recovery.billing as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s, or never: current value is soon',
  ],
  'reference-malformed': [
    '2:9: Cannot use store.path as a reference must be ${env:NAME} or ${env:NAME:-default}: current value is "${STORE_PATH}"; write $${ for a plain ${',
  ],
  'reference-not-closed': [
    '2:9: Cannot use store.path as a reference must be ${env:NAME} or ${env:NAME:-default}: current value is "${env:STORE_PATH"; write $${ for a plain ${',
  ],
  'reference-unset': [
    '2:9: Cannot use store.path as the environment variable STORE_PATH must be set: current value is unset; ${env:STORE_PATH:-default} gives a default',
  ],
  'reference-without-quotes-in-braces': [
    '1:17: Cannot read this line as it must be YAML: unexpected flow-map-start at node end; inside { } and [ ], write the reference in quotes: "${env:NAME}"',
  ],
  'reference-yields-a-wrong-value': [
    '2:13: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is 127.0.0.1:http',
  ],
  'odd-key-twice': [
    '1:1: Cannot use "late\\nafter" as a key must be one of those known: did you mean liveness.late_after?',
    '2:1: Cannot use "late\\nafter" twice as a key must stand once in its map: the first is on line 1',
  ],
  'role-unknown': [
    '1:35: Cannot use auth.tokens[0].role as it must be ingest, read or operator: current value is admin',
  ],
  'second-document': [
    '2:1: Cannot read a second document as the file must hold one: remove the --- before it',
  ],
  'section-twice': [
    '2:1: Cannot use limits twice as a key must stand once in its map: the first is on line 1',
  ],
  'several-mistakes-at-once': [
    '2:15: Cannot use liveness.late_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is 30',
    '3:3: Cannot use liveness.ofline_after as a key must be one of those known: did you mean liveness.offline_after?',
    '4:14: Cannot use liveness.gap_ratio as it must be at most 1: current value is 2',
    '5:19: Cannot use http.endpoint as it must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or [::1]:8080: current value is 127.0.0.1',
    '7:41: Cannot use agents[0].liveness.offline_after as it must be a duration with its units, such as 500ms, 30s, 2m, 5h, 7d or 1m30s: current value is "1 day"',
    '8:5: Cannot use agents[1].id as it must be given: current value is missing',
    '9:26: Cannot use live.update_interval as its feature is not built yet and it must stay at its default (30s) until then: current value is 10s',
  ],
  'size-of-an-unknown-unit': [
    '1:40: Cannot use receivers.otlp.http.max_body as it must be a size such as 20MiB, 1GiB or 1048576 (bytes): current value is 20M',
  ],
  'size-too-small': [
    '1:40: Cannot use receivers.otlp.http.max_body as it must be at least 1KiB: current value is 20',
  ],
  'tab-as-indent': [
    '2:1: Cannot read this line as indentation must be spaces: current value is a tab',
  ],
  'tag-unknown': [
    '1:7: Cannot read this line as it must be YAML: unresolved tag: !secret',
  ],
  'text-empty': [
    '1:7: Cannot use name as it must be a text that is not empty: current value is empty',
  ],
  'text-in-place-of-keys': [
    '1:1: Cannot use the file as it must be a map of keys: current value is "just words"',
  ],
  'text-with-a-line-break': [
    '1:7: Cannot use name as it must be text on one line: current value is "one\\ntwo"',
  ],
  'token-without-its-file': [
    '3:7: Cannot use auth.tokens[0].token_file as it must be given: current value is missing',
  ],
  'tokens-of-one-name': [
    '4:15: Cannot use auth.tokens[1].name as it must differ from auth.tokens[0].name: current value is a',
  ],
  'unknown-key-in-camel-case': [
    '2:3: Cannot use liveness.lateAfter as a key must be one of those known: did you mean liveness.late_after?',
  ],
  'unknown-key-odd': [
    '1:1: Cannot use "a b\\nc" as a key must be one of those known: at the top there are name, receivers, http, auth, tls, store, liveness, exhaustion, health, alerts, live, export, exposition, history, limits, sessions, agents',
  ],
  'unknown-key-of-a-token-hides-its-value': [
    '3:7: Cannot use auth.tokens[0].token_file as it must be given: current value is missing',
    '3:36: Cannot use auth.tokens[0].token as a key must be one of those known: did you mean auth.tokens[0].token_file?',
  ],
  'unknown-key-of-an-agent': [
    '3:14: Cannot use agents[1].titel as a key must be one of those known: in agents[1] there are id, name, description, kind, peers, session, type, schema, liveness',
    '3:24: Cannot use agents[1].kinds as a key must be one of those known: did you mean agents[1].kind?',
  ],
  'unknown-key-of-another-section': [
    '1:1: Cannot use offline_after as a key must be one of those known: did you mean liveness.offline_after?',
  ],
  'unknown-key-suggests-nearest': [
    '2:3: Cannot use liveness.ofline_after as a key must be one of those known: did you mean liveness.offline_after?',
  ],
  'unknown-key-that-goes-on': [
    '2:3: Cannot use liveness.late_after_seconds as a key must be one of those known: did you mean liveness.late_after?',
  ],
  'unknown-key-with-nothing-near': [
    '2:3: Cannot use exposition.colour as a key must be one of those known: in exposition there are max_series, detailed_sessions',
  ],
  'unknown-section': [
    '1:1: Cannot use liveliness as a key must be one of those known: did you mean liveness?',
  ],
  'value-in-place-of-a-section': [
    '1:11: Cannot use liveness as it must be a map of keys: current value is 30s',
  ],
  'weight-below-zero': [
    '1:31: Cannot use health.weights.success as it must be at least 0: current value is -0.1',
  ],
  'weights-all-zero': [
    '2:12: Cannot use health.weights as it must have a weight above 0: current value is 0 for all',
  ],
};

describe('every mistake is told with its place, its key and the fix', () => {
  test.for(Object.entries(mistakes))('%s', ([name, expected]) => {
    const problems = problemsOf(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'));
    expect(problems.map((problem) => formatProblem({ ...problem, file: 'x' }).replace(/^x:/, ''))).toEqual(
      expected,
    );
  });

  test('no fixture is left out', () => {
    const fixtures = readdirSync(folder).map((name) => name.replace(/\.yaml$/, ''));
    expect(fixtures.sort()).toEqual(Object.keys(mistakes).sort());
  });
});

function problemsOf(text: string) {
  try {
    loadConfig({ text, env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
