// One row a key of the configuration file, so longer than a file should be: everything else about a key (its place in
// `Config`, its validation, its environment variable, its line in docs/configuration.md) follows from its row.
import { roles } from '../http/role.ts';

/** What a value is; the text of each is read and written in value-types.ts. */
export type ValueType =
  | 'text'
  | 'url'
  | 'choice'
  | 'flag'
  | 'count'
  | 'number'
  | 'duration'
  | 'recovery'
  | 'size'
  | 'endpoint'
  | 'texts'
  | 'text_map'
  | 'object'
  | 'list';

/** All that is to say about one key. */
export interface KeyDefinition {
  readonly type: ValueType;
  /**
   * As it is written in YAML. An empty text means "none" and may be given; a key of a list item that has neither a
   * default nor `required` may be left out.
   */
  readonly default?: string | number | boolean | readonly never[] | Readonly<Record<string, never>>;
  /** The item of a list can't do without it. */
  readonly required?: true;
  /** Whether its feature exists. Until then the key is refused at any value but its default. */
  readonly built: boolean;
  /** What it does, and when to change it. */
  readonly description: string;
  /** What a count counts. */
  readonly unit?: string;
  /** Bounds, both allowed, written like the value; of a text, its bytes in UTF-8. */
  readonly min?: string | number;
  readonly max?: string | number;
  /** The number must be greater than this. */
  readonly above?: number;
  readonly choices?: readonly string[];
  /** The value must not be shown. */
  readonly secret?: true;
}

/**
 * Every key of the configuration file, in the order of the documentation. `[]` follows the name of a list whose items
 * have keys of their own. To open a key to users once its feature exists, set `built` to true.
 */
// biome-ignore format: a table is read by its columns
export const configKeys = {
  'name': { type: 'text', default: 'agent-vitals', built: true, min: 1, max: 256,
    description: 'Names this installation in answers and notifications; change it where several run.' },

  'receivers.otlp.http.endpoint': { type: 'endpoint', default: '127.0.0.1:4318', built: true,
    description: 'Where OTLP over HTTP is received; change it where a local Collector has the port, or to bind wider (needs an `ingest` token).' },
  'receivers.otlp.http.max_body': { type: 'size', default: '20MiB', built: true, min: '1KiB', max: '1GiB',
    description: 'The largest request body as it arrives; larger ones are answered with 413. Raise it for senders with huge batches.' },
  'receivers.otlp.http.max_inflated': { type: 'size', default: '64MiB', built: true, min: '1KiB', max: '1GiB',
    description: 'The largest request body once unpacked, against gzip bombs; raise it together with `max_body`.' },
  'receivers.otlp.grpc.endpoint': { type: 'endpoint', default: '127.0.0.1:4317', built: false,
    description: 'Where OTLP over gRPC is received; change it where a local Collector has the port, or to bind wider (needs an `ingest` token).' },

  'http.endpoint': { type: 'endpoint', default: '127.0.0.1:8080', built: true,
    description: 'Where the page, REST, live push, /metrics, /healthz and /readyz are served; change it where the port is taken, or to bind wider (needs a `read` or `operator` token).' },
  'http.external_url': { type: 'url', default: '', built: true,
    description: 'Where people reach the page: links in notifications begin with it. Set it where that is not `http.endpoint` itself, as behind a proxy.' },
  'http.allowed_hosts': { type: 'texts', default: [], built: true, max: 100,
    description: 'Further names under which browsers reach this listener, without port, such as `vitals.example.com` of a reverse proxy. Others are answered with 421 unless the request has a token: against DNS rebinding.' },

  'auth.tokens': { type: 'list', default: [], built: true,
    description: 'Bearer tokens. None are needed on loopback; once there is one, telemetry needs one of role `ingest`, answers and metrics one of `read`, changes one of `operator`.' },
  'auth.tokens[].name': { type: 'text', required: true, built: true, min: 1, max: 256,
    description: 'Says in audit logs and pipeline names who it was; must differ from the other names.' },
  'auth.tokens[].role': { type: 'choice', required: true, built: true, choices: roles,
    description: '`ingest` sends telemetry, `read` sees answers and metrics, `operator` reads and changes.' },
  'auth.tokens[].token_file': { type: 'text', required: true, built: true, min: 1, max: 4096,
    description: 'A file that holds the token alone: at least 16 visible ASCII characters, readable by this process only.' },

  'tls.cert_file': { type: 'text', default: '', built: false, max: 4096,
    description: 'The certificate chain as PEM; set it together with `key_file` to serve TLS.' },
  'tls.key_file': { type: 'text', default: '', built: false, max: 4096,
    description: 'The private key as PEM.' },
  'tls.client_ca_file': { type: 'text', default: '', built: false, max: 4096,
    description: 'Authorities that clients\' certificates must come from; set it to demand one.' },

  'store.path': { type: 'text', default: './data/agent-vitals.db', built: true, min: 1, max: 4096,
    description: 'The database file; its folder is made where missing. Put it on a disk that survives the process.' },
  'store.snapshot_interval': { type: 'duration', default: '5s', built: true, min: '100ms', max: '1h',
    description: 'How often changed state is written: at most this much of the counters is lost in a crash. Lengthen it on a slow disk.' },
  'store.minute_retention': { type: 'duration', default: '24h', built: true, min: '1h', max: '90d',
    description: 'How long history is kept by the minute; shorten it to save disk.' },
  'store.hour_retention': { type: 'duration', default: '90d', built: true, min: '1d', max: '3650d',
    description: 'How long history is kept by the hour; it bounds how far back a chart goes.' },
  'store.max_size': { type: 'size', default: '10GiB', built: true, min: '16MiB',
    description: 'The largest database file; beyond it the oldest history goes first.' },
  'store.store_payloads': { type: 'flag', default: false, built: false,
    description: 'Keeps the payloads of messages; leave it off where they may hold personal data.' },

  'liveness.late_after': { type: 'duration', default: '30s', built: true,
    description: 'An agent is late after this silence (or 1.5 × its interval, where that is longer).' },
  'liveness.offline_after': { type: 'duration', default: '120s', built: true,
    description: 'An agent is offline after this silence (or `missed_beats` × its interval, where that is longer). Shorten it to hear sooner, lengthen it for agents that block.' },
  'liveness.missed_beats': { type: 'count', default: 3, built: true, max: 1000, unit: 'heartbeats',
    description: 'So many heartbeats must be missed before an agent is offline; raise it where the network loses some.' },
  'liveness.stalled_after': { type: 'duration', default: '15m', built: true,
    description: 'An agent at work that beats but makes no progress for this long is stalled; lengthen it for long single steps.' },
  'liveness.failover_grace': { type: 'duration', default: '2m', built: true, min: '0s',
    description: 'After a start, nobody is called offline for this long: agents get the time to find the processor again.' },
  'liveness.gap_ratio': { type: 'number', default: 0.5, built: true, above: 0, max: 1,
    description: 'When more than this share of a pipeline\'s live agents falls silent together, the pipeline is taken to be blind rather than all of them dead.' },
  'liveness.gap_hold': { type: 'duration', default: '5m', built: true, min: '0s',
    description: 'How long agents behind a blind pipeline stay `unknown` before they are called offline; lengthen it where a Collector may be down for longer.' },
  'liveness.flap_threshold': { type: 'count', default: 5, built: true, min: 2, max: 10000, unit: 'changes',
    description: 'So many online/offline changes or restarts within `flap_window` are flapping.' },
  'liveness.flap_window': { type: 'duration', default: '10m', built: true,
    description: 'The window of `flap_threshold`.' },
  'liveness.forget_after': { type: 'duration', default: '7d', built: true,
    description: 'An agent that was offline for this long is forgotten with its series, and so is an integration that nobody called; shorten it where agents come and go.' },
  'liveness.forget_stopped_after': { type: 'duration', default: '1h', built: true,
    description: 'An agent that said goodbye is forgotten after this long.' },
  'liveness.observed_forget_after': { type: 'duration', default: '1h', built: true,
    description: 'An agent that never sent a heartbeat (known from other telemetry) is forgotten after this silence.' },
  'liveness.max_lease': { type: 'duration', default: '24h', built: true, max: '24h',
    description: 'The longest time for which an agent may announce its silence; shorten it to distrust long leases.' },
  'liveness.overrides': { type: 'list', default: [], built: true,
    description: 'Other limits for some agents; of several that match, the first counts.' },
  'liveness.overrides[].match.id': { type: 'text', built: true, min: 1, max: 256,
    description: 'The agent\'s id; `*` stands for any run of characters. All that `match` names must fit.' },
  'liveness.overrides[].match.session': { type: 'text', built: true, min: 1, max: 256,
    description: 'The id of the agent\'s session; `*` stands for any run of characters.' },
  'liveness.overrides[].match.type': { type: 'text', built: true, min: 1, max: 256,
    description: 'The agent\'s type; `*` stands for any run of characters.' },
  'liveness.overrides[].offline_after': { type: 'duration', built: true,
    description: 'In place of `liveness.offline_after`.' },
  'liveness.overrides[].stalled_after': { type: 'duration', built: true,
    description: 'In place of `liveness.stalled_after`.' },

  'exhaustion.default_recovery.rate_limit': { type: 'recovery', default: '5h', built: true,
    description: 'When an agent out of its rate limit is expected back if nobody says; shown as a guess. `never`: it must come back by itself.' },
  'exhaustion.default_recovery.billing': { type: 'recovery', default: '5h', built: true,
    description: 'The same for an agent whose account ran out of credit.' },

  'health.window': { type: 'duration', default: '5m', built: true, min: '10s', max: '1h',
    description: 'Success rate, error rate and mean duration are taken over this window; lengthen it for agents that do little.' },
  'health.healthy_at': { type: 'number', default: 0.8, built: true, above: 0, max: 1,
    description: 'A score from here on is healthy.' },
  'health.degraded_at': { type: 'number', default: 0.5, built: true, above: 0, max: 1,
    description: 'A score from here on is degraded, below it critical.' },
  'health.weights.availability': { type: 'number', default: 0.35, built: true, min: 0, max: 1,
    description: 'How much being there weighs in an agent\'s score. Weights count relative to each other.' },
  'health.weights.success': { type: 'number', default: 0.3, built: true, min: 0, max: 1,
    description: 'How much successful operations weigh.' },
  'health.weights.confidence': { type: 'number', default: 0.1, built: true, min: 0, max: 1,
    description: 'How much the agent\'s own confidence weighs.' },
  'health.weights.latency': { type: 'number', default: 0.1, built: true, min: 0, max: 1,
    description: 'How much durations against their baseline weigh.' },
  'health.weights.resources': { type: 'number', default: 0.1, built: true, min: 0, max: 1,
    description: 'How much processor, memory and event loop weigh.' },
  'health.weights.integrations': { type: 'number', default: 0.05, built: true, min: 0, max: 1,
    description: 'How much the integrations that it uses weigh.' },
  'health.integrations': { type: 'list', default: [], built: true,
    description: 'When single integrations are slow. Without an entry: above 2s, model calls (`openai`, `anthropic` and the like) above 30s.' },
  'health.integrations[].name': { type: 'text', required: true, built: true, min: 1, max: 256,
    description: 'The integration\'s name as agents report it; must differ from the others.' },
  'health.integrations[].slow_above': { type: 'duration', required: true, built: true,
    description: 'A mean duration above this is slow: the integration is degraded.' },

  'alerts.rules': { type: 'object', default: {}, built: false,
    description: 'By the alert\'s name: `enabled`, `for`, `keep_firing_for`, `threshold`, `severity`; with two severities `threshold: { warning, critical }`.' },
  'alerts.alertmanager.url': { type: 'url', default: '', built: true,
    description: 'An Alertmanager that alerts are posted to, such as `http://127.0.0.1:9093`, with its path prefix if it has one; credentials in it become basic auth. Set either this, a webhook, or the rules in Prometheus: docs/alerts.md.' },
  'alerts.alertmanager.timeout': { type: 'duration', default: '10s', built: true, min: '100ms', max: '5m',
    description: 'How long it may take to answer; what it didn\'t take in time is sent again.' },
  'alerts.webhook.url': { type: 'url', default: '', built: true, secret: true,
    description: 'A webhook that alerts are posted to, in Alertmanager\'s payload, where there is no Alertmanager; credentials in it become basic auth.' },
  'alerts.webhook.timeout': { type: 'duration', default: '10s', built: true, min: '100ms', max: '5m',
    description: 'How long it may take to answer.' },
  'alerts.webhook.group_wait': { type: 'duration', default: '1s', built: true, min: '0s', max: '1h',
    description: 'Alerts of one scope and session are told together: a first one, and each new critical one, waits so long for others. Lengthen it to be told of a storm once and later.' },
  'alerts.webhook.group_interval': { type: 'duration', default: '1m', built: true, min: '100ms', max: '1d',
    description: 'Other changes (new warnings, what is resolved) wait until so long after their group was told of last.' },
  'alerts.webhook.repeat_interval': { type: 'duration', default: '4h', built: true, min: '1m', max: '30d',
    description: 'What still fires, and nobody has acknowledged, is told again so often.' },
  'alerts.webhook.max_alerts': { type: 'count', default: 1000, built: true, max: 10_000, unit: 'alerts',
    description: 'So many alerts a notification lists, new ones first; of further ones it gives the number. Lower it for a receiver that takes small bodies only (an alert has about 1 KB).' },

  'live.update_interval': { type: 'duration', default: '30s', built: false, min: '1s', max: '1d',
    description: 'How often live clients get `health:update`; single events come at once anyway.' },

  'export.otlp.endpoint': { type: 'url', default: '', built: false,
    description: 'An OTLP endpoint that derived metrics are sent to.' },
  'export.otlp.headers': { type: 'text_map', default: {}, built: false, secret: true,
    description: 'Headers that go with them, such as an authorization.' },
  'export.forward.endpoint': { type: 'url', default: '', built: false,
    description: 'An OTLP endpoint that what was received is passed on to, byte by byte.' },

  'exposition.max_series': { type: 'count', default: 300_000, built: true, min: 0, max: 100_000_000, unit: 'series',
    description: 'The most series that /metrics shows; beyond it, only agents that aren\'t fine have series of their own. Raise it with Prometheus\' memory.' },
  'exposition.detailed_sessions': { type: 'count', default: 1000, built: true, min: 0, max: 1_000_000, unit: 'sessions',
    description: 'So many sessions have series of their own.' },

  'history.detailed_agents': { type: 'count', default: 10_000, built: true, min: 0, max: 10_000_000, unit: 'agents',
    description: 'Above so many agents, history by the minute is kept only for those that aren\'t fine.' },

  'limits.max_agents': { type: 'count', default: 1_000_000, built: true, max: 10_000_000, unit: 'agents',
    description: 'The most agents known at once; telemetry of further ones is rejected and counted. It bounds memory.' },
  'limits.max_sessions': { type: 'count', default: 100_000, built: true, max: 10_000_000, unit: 'sessions',
    description: 'The most sessions known at once.' },
  'limits.max_integrations': { type: 'count', default: 10_000, built: true, max: 1_000_000, unit: 'integrations',
    description: 'The most integrations known at once.' },
  'limits.max_threads': { type: 'count', default: 10_000, built: false, max: 10_000_000, unit: 'threads',
    description: 'The most threads kept; the oldest leave.' },
  'limits.max_messages': { type: 'count', default: 100_000, built: false, max: 100_000_000, unit: 'messages',
    description: 'The most messages kept; the oldest leave.' },
  'limits.max_label_length': { type: 'count', default: 256, built: true, min: 16, max: 4096, unit: 'bytes',
    description: 'The longest name of a session, type, operation or the like; longer ones are cut or rejected and counted.' },

  'sessions.cache': { type: 'duration', default: '30s', built: true, min: '0s', max: '1h',
    description: 'How long a session\'s answer is kept; a transition in the session drops it sooner.' },
  'sessions.critical_failed': { type: 'number', default: 0.5, built: true, above: 0, max: 1,
    description: 'A session is critical when more than this share of its agents failed.' },
  'sessions.failed_issues': { type: 'number', default: 0.75, built: true, above: 0, max: 1,
    description: 'It is failed when more than this share has issues.' },
  'sessions.degraded_issues': { type: 'number', default: 0.25, built: true, above: 0, max: 1,
    description: 'It is degraded when more than this share has issues.' },
  'sessions.healthy_active': { type: 'number', default: 0.8, built: true, above: 0, max: 1,
    description: 'It is healthy when at least this share is active.' },
  'sessions.warn_utilization': { type: 'number', default: 0.8, built: true, above: 0, max: 1,
    description: 'It warns above this share of its capacity.' },
  'sessions.warn_score': { type: 'number', default: 70, built: true, min: 0, max: 100,
    description: 'It warns below this score.' },

  'agents': { type: 'list', default: [], built: true,
    description: 'Agents that are expected: one that never beats is offline, not absent.' },
  'agents[].id': { type: 'text', required: true, built: true, min: 1, max: 256,
    description: 'The id it will report; must differ from the others.' },
  'agents[].name': { type: 'text', built: true, min: 1, max: 256,
    description: 'Its name until it says its own.' },
  'agents[].description': { type: 'text', built: true, min: 1, max: 4096,
    description: 'What it is for.' },
  'agents[].kind': { type: 'text', built: true, min: 1, max: 256,
    description: 'What it is, such as `agent` or `listener`.' },
  'agents[].peers': { type: 'texts', default: [], built: true, max: 256,
    description: 'Ids of agents that it talks to.' },
  'agents[].session': { type: 'text', built: true, min: 1, max: 256,
    description: 'The session that it belongs to.' },
  'agents[].type': { type: 'text', built: true, min: 1, max: 256,
    description: 'Its specialization.' },
  'agents[].schema': { type: 'object', built: false,
    description: 'The JSON Schema of what it takes, for those who ask; kept as it is.' },
  'agents[].liveness.offline_after': { type: 'duration', built: true,
    description: 'In place of `liveness.offline_after`, and before any override.' },
  'agents[].liveness.stalled_after': { type: 'duration', built: true,
    description: 'In place of `liveness.stalled_after`, and before any override.' },
} as const satisfies Readonly<Record<string, KeyDefinition>>;

/** The path of a key, such as `liveness.late_after`; `agents[].id` for a key of each item of a list. */
export type KeyPath = keyof typeof configKeys;
