import { attributes as a, prometheusLabel } from '@agent-vitals/contract';
import { stringify } from 'yaml';
import {
  type Alert,
  type AlertName,
  alertNames,
  alertSettingsOf,
  describeAlert,
} from '../../../src/core/index.ts';
import { ownLabels, type Specimen, specimens } from './specimen.ts';
import { condition, inStatus, named, otherTarget } from './subject.ts';
import { type Series, sequenceAlong, stepSeconds, stepsFor, type Timeline } from './timeline.ts';

/** One test: series, and what fires when. */
interface RuleCase {
  readonly name: string;
  readonly series: Series;
  /** By seconds. */
  readonly firing: Readonly<Record<number, readonly Firing[]>>;
}

interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const settings = alertSettingsOf({});
/** The condition begins to hold at 1 minute. */
const beginSeconds = 60;

/** The folder of the rule file, seen from those of its tests. */
const ruleFile = '../../../rules/agent-vitals.rules.yml';

/**
 * Renders promtool's tests of an alert: when it fires, with the words that the processor has for it, and when it must
 * not.
 *
 * @param alert - Its name.
 * @returns The file as YAML.
 */
export function renderRuleTest(alert: AlertName): string {
  const cases = [
    ...specimens.filter((specimen) => specimen.alert === alert).flatMap(casesOf),
    ...(watcherCases[alert] ?? []),
  ];
  const file = {
    rule_files: [ruleFile],
    evaluation_interval: `${stepSeconds}s`,
    tests: cases.map(({ name, series, firing }) => ({
      name,
      interval: `${stepSeconds}s`,
      input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
      alert_rule_test: Object.entries(firing).map(([seconds, alerts]) => ({
        eval_time: `${seconds}s`,
        alertname: alert,
        ...(alerts.length > 0
          ? {
              exp_alerts: alerts.map(({ labels, annotations }) => ({
                exp_labels: labels,
                exp_annotations: annotations,
              })),
            }
          : {}),
      })),
    })),
  };
  const head =
    '# Generated from scripts/generate/rule-tests by `npm run generate`: promtool test rules test/testdata/rules/*.yml';
  return `${head}\n\n${stringify(file, { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false })}`;
}

/** Every alert's file of tests. */
export const ruleTestFiles = alertNames.map((name) => ({
  path: `test/testdata/rules/${name}.yml`,
  render: () => renderRuleTest(name),
}));

function casesOf(specimen: Specimen): RuleCase[] {
  const { forMs, keepFiringForMs, rule } = settings.rules.get(specimen.alert)!;
  const forSeconds = stepsFor(forMs);
  const keepSeconds = stepsFor(keepFiringForMs);
  const firesAt = beginSeconds + forSeconds;
  const endsAt = firesAt + 120;
  const goneAt = endsAt + keepSeconds;
  const wholeTimeline: Timeline = [
    ['off', beginSeconds],
    ['on', endsAt - beginSeconds],
    ['off', keepSeconds + 60],
  ];
  const whole = sequenceAlong(wholeTimeline);
  const fires = firingOf(specimen);
  const never = {
    [beginSeconds]: [],
    [firesAt]: [],
    [endsAt - stepSeconds]: [],
  };
  const cases: RuleCase[] = [
    {
      name: `fires when ${specimen.when}, and is resolved ${keepSeconds} s after`,
      series: specimen.series(whole),
      firing: {
        [beginSeconds - stepSeconds]: [],
        ...(forSeconds > 0 ? { [firesAt - stepSeconds]: [] } : {}),
        [firesAt]: fires,
        [endsAt - stepSeconds]: fires,
        ...(keepSeconds > 0 ? { [goneAt - stepSeconds]: fires } : {}),
        [goneAt]: [],
      },
    },
  ];
  for (const [what, series] of Object.entries(specimen.not)) {
    cases.push({ name: `does not fire when ${what}`, series: series(whole), firing: never });
  }
  if (forSeconds > 0) {
    const short = sequenceAlong([
      ['off', beginSeconds],
      ['on', forSeconds],
      ['off', stepSeconds],
      ['on', forSeconds],
      ['off', 60],
    ]);
    cases.push({
      name: `does not fire when it holds for less than ${forSeconds} s, twice`,
      series: specimen.series(short),
      firing: {
        [firesAt - stepSeconds]: [],
        [firesAt]: [],
        [firesAt + forSeconds]: [],
        [firesAt + forSeconds + 30]: [],
      },
    });
  }
  if (keepSeconds > 0) cases.push(gapCase(specimen, firesAt, keepSeconds, fires));
  if (rule.scope !== 'agent') return cases;
  for (const quiet of ['muted', 'maintenance'] as const) {
    cases.push({
      name: `does not fire when ${specimen.when} and the agent is ${quiet === 'muted' ? 'muted' : 'in maintenance'}`,
      series: { ...specimen.series(whole), ...condition(quiet, whole(1, 1)) },
      firing: never,
    });
  }
  cases.push({
    name: 'fires when it is muted no more',
    series: { ...specimen.series(whole), ...condition('muted', whole(0, 0)) },
    firing: { [firesAt]: fires },
  });
  for (const status of specimen.exempt ?? []) {
    cases.push({
      name: `does not fire when ${specimen.when} and the agent is ${status}`,
      series: { ...specimen.series(whole), ...inStatus(status, whole) },
      firing: never,
    });
  }
  return cases;
}

/** Scrapes fail for a while: what fired goes on, and is the same alert. */
function gapCase(
  specimen: Specimen,
  firesAt: number,
  keepSeconds: number,
  fires: readonly Firing[],
): RuleCase {
  const gapSeconds = keepSeconds - stepSeconds;
  const gapped = sequenceAlong([
    ['on', firesAt + 30],
    ['gone', gapSeconds],
    ['on', 60],
  ]);
  const times: Record<number, readonly Firing[]> = {};
  for (let at = firesAt + 15; at <= firesAt + 30 + gapSeconds + 45; at += stepSeconds) times[at] = fires;
  return {
    name: `goes on firing when nothing is scraped for ${gapSeconds} s`,
    series: specimen.series(gapped),
    firing: times,
  };
}

/** The alerts that a specimen raises, in the processor's words. */
function firingOf(specimen: Specimen): Firing[] {
  return specimen.severities.map((severity) =>
    firing(specimen.alert, severity, ownLabels(specimen), specimen.value),
  );
}

function firing(
  name: AlertName,
  severity: string,
  own: Readonly<Record<string, string>>,
  value: number,
): Firing {
  const { rule } = settings.rules.get(name)!;
  const { scope } = rule;
  const subject = rule.subject === null ? scope : (own[prometheusLabel(rule.subject)] ?? '');
  const alert = { name, severity, scope, subject, labels: own, value } as unknown as Alert;
  const { summary, description, runbookUrl } = describeAlert(alert, settings);
  return {
    labels: { severity, scope, subject, ...own },
    annotations: { summary, description, runbook_url: runbookUrl },
  };
}

const watchdog = [firing('Watchdog', 'none', {}, 1)];
const down = [firing('ProcessorDown', 'critical', {}, 1)];
const up = (from?: Readonly<Record<string, string>>) =>
  named('processorAgents', {}, from).replace(/^\w+/, 'up');
const known = (from?: Readonly<Record<string, string>>) => named('processorAgents', {}, from);
const along = sequenceAlong;

/** Those that are PromQL alone. */
const watcherCases: Partial<Record<AlertName, readonly RuleCase[]>> = {
  Watchdog: [{ name: 'fires always', series: { up: '0x40' }, firing: { 0: watchdog, 600: watchdog } }],
  ProcessorDown: [
    {
      name: 'fires when a processor that was scraped is down, and is resolved at once',
      series: {
        [known()]: along([
          ['on', 60],
          ['gone', 240],
          ['on', 120],
        ])(7, 0),
        [up()]: along([
          ['on', 60],
          ['off', 240],
          ['on', 120],
        ])(1, 0),
      },
      firing: { 45: [], 165: [], 180: down, 285: down, 300: [] },
    },
    {
      name: 'fires when one of two processors is down',
      series: {
        [known()]: along([
          ['on', 60],
          ['gone', 240],
        ])(7, 0),
        [up()]: along([
          ['on', 60],
          ['off', 240],
        ])(1, 0),
        [known(otherTarget)]: along([['on', 300]])(7, 0),
        [up(otherTarget)]: along([['on', 300]])(1, 0),
      },
      firing: { 165: [], 180: down, 285: down },
    },
    {
      name: 'fires when no processor is scraped at all',
      series: { 'up{job="node",instance="127.0.0.1:9100"}': '1x40' },
      firing: { 105: [], 120: down, 600: down },
    },
    {
      name: 'does not fire when a processor moves to another address',
      series: {
        [known()]: along([
          ['on', 60],
          ['gone', 240],
        ])(7, 0),
        [up()]: along([
          ['on', 60],
          ['gone', 240],
        ])(1, 0),
        [known(otherTarget)]: `_x4 ${along([['on', 240]])(7, 0)}`,
        [up(otherTarget)]: `_x4 ${along([['on', 240]])(1, 0)}`,
      },
      firing: { 60: [], 180: [], 285: [] },
    },
    {
      name: 'does not fire when something else is down',
      series: {
        [known()]: '7x40',
        [up()]: '1x40',
        'up{job="node",instance="127.0.0.1:9100"}': '0x40',
      },
      firing: { 120: [], 600: [] },
    },
  ],
  AgentOffline: [
    {
      name: 'fires once when two processors tell of the agent',
      series: twice(),
      firing: { 60: onceOffline() },
    },
    {
      name: 'fires when the way in of the agent is not known',
      series: withoutPipeline(),
      firing: {
        60: [
          firing(
            'AgentOffline',
            'critical',
            { vitals_agent_id: 'scraper-2', vitals_session_id: 'night shift', vitals_agent_type: 'scraper' },
            1,
          ),
        ],
      },
    },
  ],
};

function offlineSeries(): Series {
  const specimen = specimens.find(({ alert }) => alert === 'AgentOffline')!;
  return specimen.series(
    sequenceAlong([
      ['off', beginSeconds],
      ['on', 60],
    ]),
  );
}

function onceOffline(): Firing[] {
  return firingOf(specimens.find(({ alert }) => alert === 'AgentOffline')!);
}

/** The same from a second processor. */
function twice(): Series {
  const series = offlineSeries();
  const { instance } = otherTarget;
  const others = Object.entries(series).map(
    ([key, values]) => [key.replace('127.0.0.1:8080', instance), values] as const,
  );
  return { ...series, ...Object.fromEntries(others) };
}

function withoutPipeline(): Series {
  const label = prometheusLabel(a.pipelineName);
  return Object.fromEntries(
    Object.entries(offlineSeries()).map(([key, values]) => [
      key.replace(`${label}="otlp/agents"`, `${label}=""`),
      values,
    ]),
  );
}
