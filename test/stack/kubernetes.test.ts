import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { renderPrometheusRule } from '../../scripts/generate/prometheus-rule.ts';
import { temporaryFolder } from '../support/folder.ts';
import { expectToMatchSchema } from '../support/json-schema.ts';
import { runToEnd } from '../support/process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const schema = JSON.parse(read('test/testdata/stack/kubernetes-schema.json'));
const compose = parse(read('docker-compose.yml'), { merge: true });

// biome-ignore lint/suspicious/noExplicitAny: the schema says what is in it
type Manifest = any;

const documentsOf = (file: string): Manifest[] =>
  parseAllDocuments(read(file)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
const files = globSync('deploy/kubernetes/*.yaml', { cwd: root }).toSorted();
const manifests = files.flatMap((file) =>
  documentsOf(file).map((it) => [`${it.kind} ${it.metadata.name}`, it] as const),
);
const manifest = (title: string): Manifest => new Map<string, Manifest>(manifests).get(title);

function expectToBeKnown(value: Manifest): void {
  expect(Object.keys(schema.kinds)).toContain(value.kind);
  expectToMatchSchema(value, schema.kinds[value.kind], schema);
}

describe('the manifests', () => {
  it.each(manifests)('%s has no field that Kubernetes does not know', (_, value) => {
    expectToBeKnown(value);
  });

  it.each([
    ['StatefulSet agent-vitals', (it: Manifest) => (it.spec.replica = 1)],
    [
      'StatefulSet agent-vitals',
      (it: Manifest) => (it.spec.template.spec.containers[0].livenessProbe.httpGet.uri = '/'),
    ],
    ['StatefulSet agent-vitals', (it: Manifest) => (it.spec.template.spec.containers[0].image = 7)],
    ['StatefulSet agent-vitals', (it: Manifest) => delete it.spec.template.spec.containers],
    ['Service agent-vitals', (it: Manifest) => (it.spec.ports[0].target = 'http')],
    ['ServiceMonitor agent-vitals', (it: Manifest) => (it.spec.endpoints[0].bearerToken = 'x')],
  ])('%s is found out with a mistake in it', (title, spoil) => {
    const spoilt = structuredClone(manifest(title));
    spoil(spoilt);
    expect(() => expectToBeKnown(spoilt)).toThrow();
  });

  it('a PrometheusRule is made of a rule file, word for word', () => {
    const groups = [
      { name: 'a', interval: '30s', rules: [{ record: 'a:b:sum', expr: 'sum by (job) (up)\n  > 0\n' }] },
      { name: 'b', rules: [{ alert: 'Down', expr: 'up == 0', for: '5m', labels: { severity: 'critical' } }] },
    ];
    const made = parse(renderPrometheusRule(JSON.stringify({ groups })));
    expectToBeKnown(made);
    expect(made.spec.groups).toEqual(groups);
  });

  it('run the images that docker-compose.yml runs, hardened', () => {
    for (const title of ['StatefulSet agent-vitals', 'Deployment otel-collector']) {
      const { name } = manifest(title).metadata;
      const { spec } = manifest(title).spec.template;
      const [container] = spec.containers;
      expect(container.image.replace('registry.example.com/', '')).toBe(compose.services[name].image);
      expect(spec.securityContext.runAsNonRoot).toBe(true);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources.limits.memory).toBeDefined();
      const mounted = container.volumeMounts.map((mount: { name: string }) => mount.name);
      const claimed = manifest(title).spec.volumeClaimTemplates ?? [];
      const volumes = [...spec.volumes, ...claimed.map((claim: Manifest) => claim.metadata)];
      const known = volumes.map((volume: { name: string }) => volume.name);
      expect([...new Set(mounted)].toSorted()).toEqual(known.toSorted());
    }
  });

  it.each([
    ['Service agent-vitals', 'StatefulSet agent-vitals'],
    ['Service otel-collector', 'Deployment otel-collector'],
  ])('%s finds its pods and their ports', (service, workload) => {
    const { template, selector } = manifest(workload).spec;
    expect(manifest(service).spec.selector).toEqual(template.metadata.labels);
    expect(selector.matchLabels).toEqual(template.metadata.labels);
    const ports = template.spec.containers[0].ports.map((port: { name: string }) => port.name);
    for (const { targetPort } of manifest(service).spec.ports) expect(ports).toContain(targetPort);
  });

  it.each(['agent-vitals', 'otel-collector'])('the ServiceMonitor of %s finds its Service', (name) => {
    const { selector, endpoints, jobLabel } = manifest(`ServiceMonitor ${name}`).spec;
    const service = manifest(`Service ${name}`);
    expect(service.metadata.labels).toMatchObject(selector.matchLabels);
    expect(service.metadata.labels[jobLabel]).toBe(name);
    const ports = service.spec.ports.map((port: { name: string }) => port.name);
    for (const { port } of endpoints) expect(ports).toContain(port);
    // The job that prometheus.yml gives it, which rules and dashboards look for.
    expect(read('prometheus.yml')).toContain(`job_name: ${name}\n`);
  });

  it('give the processor a configuration that check-config passes, and the tokens that it names', async () => {
    const text = manifest('ConfigMap agent-vitals').data['agent-vitals.yaml'];
    const file = join(temporaryFolder(), 'agent-vitals.yaml');
    writeFileSync(file, text);
    const checked = await runToEnd(process.execPath, [
      join(root, 'src/bin/agent-vitals.js'),
      'check-config',
      file,
    ]);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    const { spec } = manifest('StatefulSet agent-vitals').spec.template;
    const folder = spec.containers[0].volumeMounts.find(
      (mount: { name: string }) => mount.name === 'tokens',
    ).mountPath;
    for (const { token_file } of parse(text).auth.tokens) {
      expect(token_file.replace(`${folder}/`, '')).toMatch(/^(ingest|read|operator)-token$/);
      // The way that the file's head says makes them.
      expect(read('deploy/kubernetes/agent-vitals.yaml')).toContain(
        `secrets/${token_file.split('/').at(-1)}`,
      );
    }
    const { credentials } = manifest('ServiceMonitor agent-vitals').spec.endpoints[0].authorization;
    const volume = spec.volumes.find((it: { name: string }) => it.name === 'tokens');
    expect(credentials).toEqual({ name: volume.secret.secretName, key: 'read-token' });
  });

  it('give the Collector what otel-collector.yaml asks for', () => {
    const [container] = manifest('Deployment otel-collector').spec.template.spec.containers;
    const env = new Map(container.env.map((it: { name: string; value: string }) => [it.name, it.value]));
    const asked = [...read('otel-collector.yaml').matchAll(/\$\{env:([A-Z_]+)/g)].map(([, name]) => name!);
    expect([...env.keys()].filter((name) => name !== 'GOMEMLIMIT').toSorted()).toEqual(
      [...new Set(asked)].toSorted(),
    );
    const service = manifest('Service agent-vitals');
    const port = service.spec.ports.find((it: { name: string }) => it.name === 'otlp-http').port;
    expect(env.get('PROCESSOR_ENDPOINT')).toBe(`http://${service.metadata.name}:${port}`);
  });

  it('give it the targets of pull mode as a folder, as a subPath never changes', () => {
    const { containers, volumes } = manifest('Deployment otel-collector').spec.template.spec;
    const [{ workingDir, volumeMounts }] = containers;
    const [, path, name] = /files: \[(.*)\/(.*)\]/.exec(read('otel-collector.yaml')) ?? [];
    const mount = volumeMounts.find((it: Manifest) => it.mountPath === `${workingDir}/${path}`);
    expect(mount).toMatchObject({ readOnly: true });
    expect(mount).not.toHaveProperty('subPath');
    const volume = volumes.find((it: Manifest) => it.name === mount.name);
    expect(volume.configMap).toEqual({ name: 'otel-collector', items: [{ key: name, path: name }] });
  });
});
