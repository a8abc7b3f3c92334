import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { names } from '@agent-vitals/contract';
import { metrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { agent } from './agent.ts';
import { resources } from './resources/node.ts';

export const used = [hostname, delay, names, metrics, OTLPMetricExporter, agent, resources, process.pid, Date.now()];
