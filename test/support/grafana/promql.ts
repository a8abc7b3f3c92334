import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** One matcher between braces, such as `vitals_agent_state="idle"`. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  /** Without its quotes. */
  readonly value: string;
}

/** One place where a query asks for series. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** What stands in the brackets behind it, if anything does. */
  readonly range: string | undefined;
  /** The function or aggregation around it, the innermost first. */
  readonly around: readonly string[];
}

/** One list of labels, as after `by` or `on`, with the metrics that it is about. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly metrics: readonly string[];
}

export interface PromqlParts {
  /** What the grammar doesn't understand. */
  readonly errors: readonly string[];
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
  readonly functions: readonly string[];
}

/**
 * Takes a query to its parts by Prometheus' own grammar.
 *
 * @param expr PromQL without Grafana's variables
 */
export function readPromql(expr: string): PromqlParts {
  const text = (node: SyntaxNode) => expr.slice(node.from, node.to);
  const errors: string[] = [];
  const selectors: Selector[] = [];
  const groupings: Grouping[] = [];
  const functions: string[] = [];
  parser.parse(expr).iterate({
    enter({ node }) {
      if (node.type.isError) errors.push(`at ${node.from}: ${expr.slice(node.from, node.from + 20)}`);
      if (node.name === 'VectorSelector') selectors.push(readSelector(node, text));
      if (node.name === 'FunctionIdentifier') functions.push(text(node));
      if (node.name === 'GroupingLabels') {
        const owner = around(node, ['AggregateExpr', 'BinaryExpr']);
        groupings.push({
          labels: node.getChildren('LabelName').map(text),
          metrics: owner === undefined ? [] : selectorsIn(owner, text),
        });
      }
    },
  });
  return { errors, selectors, groupings, functions };
}

function readSelector(node: SyntaxNode, text: (node: SyntaxNode) => string): Selector {
  const name = node.getChild('Identifier');
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
    (matcher) => ({
      label: text(matcher.getChild('LabelName')!),
      operator: text(matcher.getChild('MatchOp')!),
      value: text(matcher.getChild('StringLiteral')!).slice(1, -1),
    }),
  );
  const bracket = node.parent?.name === 'MatrixSelector' ? node.parent.getChild('DurationExpr') : null;
  const enclosing: string[] = [];
  for (let parent = node.parent; parent !== null; parent = parent.parent) {
    const called = parent.getChild('FunctionIdentifier') ?? parent.getChild('AggregateOp');
    if (called !== null) enclosing.push(text(called));
  }
  return {
    name: name === null ? '' : text(name),
    matchers,
    range: bracket === null ? undefined : text(bracket),
    around: enclosing,
  };
}

function around(node: SyntaxNode, names: readonly string[]): SyntaxNode | undefined {
  for (let parent = node.parent; parent !== null; parent = parent.parent) {
    if (names.includes(parent.name)) return parent;
  }
  return undefined;
}

function selectorsIn(node: SyntaxNode, text: (node: SyntaxNode) => string): string[] {
  const found: string[] = [];
  node.cursor().iterate((inner) => {
    if (inner.name === 'VectorSelector') found.push(readSelector(inner.node, text).name);
  });
  return found;
}
