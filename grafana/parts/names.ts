import { attributes, type MetricKey, metrics, prometheusLabel, prometheusName } from '@agent-vitals/contract';

type Names<Key extends string> = Readonly<Record<Key, string>>;

/** The Prometheus name of every metric of the contract, by its key there: `metric.status` is `vitals_agent_status`. */
export const metric = Object.fromEntries(
  Object.entries(metrics).map(([key, definition]) => [key, prometheusName(definition)]),
) as Names<MetricKey>;

/** The Prometheus label of every attribute of the contract, by its key there: `label.agentId` is `vitals_agent_id`. */
export const label = Object.fromEntries(
  Object.entries(attributes).map(([key, attribute]) => [key, prometheusLabel(attribute)]),
) as Names<keyof typeof attributes>;
