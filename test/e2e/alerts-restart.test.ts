import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AlertAnswer, SystemAnswer } from '@agent-vitals/contract';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { startInstallation } from '../support/installation.ts';
import { spawnProcess } from '../support/process.ts';
import { waitFor } from '../support/wait.ts';

const program = join(import.meta.dirname, '../processor/alerts/killed-engine.ts');
const kills = 12;

/** What is on the disk of each alert: its state, with a `+` where it is acknowledged. */
function onDisk(path: string): Map<string, string> {
  const db = new DatabaseSync(path);
  try {
    expect(db.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
    return new Map(
      db
        .prepare('SELECT id, content FROM alert')
        .all()
        .map(({ id, content }) => {
          const { state, acknowledgement } = JSON.parse(content as string);
          return [id as string, `${state}${acknowledgement === null ? '' : '+'}`];
        }),
    );
  } finally {
    db.close();
  }
}

describe('kill -9 at any moment', () => {
  it(`loses no word about an alert that was on the disk, ${kills} times over`, async () => {
    const path = join(temporaryFolder(), 'agent-vitals.db');
    const alerts = new Map<string, string>();
    let facts = 0;
    for (let round = 0; round < kills; round++) {
      const flags = ['--conditions=@agent-vitals/source', '--disable-warning=ExperimentalWarning'];
      const child = spawnProcess(process.execPath, [...flags, program, path]);
      await child.waitForLine(/^ready/);
      await child.waitForLine(/^kept [1-9]/);
      // Not a wait for something: the moment itself is what varies.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      await child.stop('SIGKILL');
      expect(child.stderr).toBe('');
      const words: { id: string; is: string }[] = [];
      let kept = 0;
      for (const line of child.stdout.split('\n').slice(0, -1)) {
        const [what, number, id = '', is = ''] = line.split(' ');
        if (what === 'is') words.push({ id, is });
        if (what === 'kept') kept = Number(number);
      }
      facts += kept;
      const found = onDisk(path);
      // Of what was said after the last write, any may be on the disk too.
      const possible = new Map([...alerts].map(([id, is]) => [id, new Set([is])]));
      words.forEach(({ id, is }, index) => {
        if (index < kept) possible.set(id, new Set([is]));
        else possible.set(id, (possible.get(id) ?? new Set(['inactive'])).add(is));
      });
      const wrong = [...possible].filter(([id, states]) => !states.has(found.get(id) ?? 'inactive'));
      expect(wrong.map(([id, states]) => [id, [...states], found.get(id)])).toEqual([]);
      alerts.clear();
      for (const [id, is] of found) alerts.set(id, is);
    }
    console.log(`${kills} kills, ${facts} words about alerts, none lost`);
    expect(facts).toBeGreaterThan(kills);
  });
});

describe('a processor that begins again', () => {
  it('after SIGKILL has the alerts that fired, who took them in hand, and no others', async () => {
    const installation = await startInstallation(`
      liveness: { late_after: 1500ms, offline_after: 3s, failover_grace: 3s }
      store: { snapshot_interval: 500ms }
    `);
    const alerts = async (): Promise<AlertAnswer[]> =>
      (
        await fetch(`${installation.http}/api/health/alerts?severity=critical&source_type=agent`)
      ).json() as Promise<AlertAnswer[]>;
    const fleet = installation.agents(installation.otlp, { alive: 'idle' }, 250);
    const dead = installation.agents(installation.otlp, { dead: 'busy' }, 250);
    await installation.see({ alive: 'idle', dead: 'busy' });
    await dead.stop('SIGKILL');
    const fired = await waitFor(async () => (await alerts())[0], { what: 'AgentOffline' });
    expect(fired).toMatchObject({
      name: 'AgentOffline',
      source_id: 'dead',
      state: 'firing',
      action_required: true,
    });
    const response = await fetch(`${installation.http}/api/health/alerts/${fired.alert_id}/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'ada', comment: 'on it' }),
    });
    expect(response.status).toBe(200);
    const acknowledged = (await response.json()) as AlertAnswer;
    await installation.end('SIGKILL');
    await installation.start();
    const settled = ({ timestamp: _, fired_at: __, acknowledged_at: ___, ...alert }: AlertAnswer) => alert;
    expect((await alerts()).map(settled)).toEqual([settled(acknowledged)]);
    const system = (await (await fetch(`${installation.http}/api/health/system`)).json()) as SystemAnswer;
    expect(system.alerts.critical).toBeGreaterThan(0);
    const metrics = await (await fetch(`${installation.http}/metrics`)).text();
    expect(metrics).toContain(
      'vitals_alert_active{vitals_alert_name="AgentOffline",vitals_alert_severity="critical",vitals_alert_subject="dead"} 1',
    );
    // Whoever lives is heard, the grace ends, and nothing has come of the restart.
    await installation.see({ alive: 'idle', dead: 'offline' });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const [after, ...others] = await alerts();
    expect([settled(after!), others]).toEqual([settled(acknowledged), []]);
    expect(Math.abs(Date.parse(after!.fired_at!) - Date.parse(acknowledged.fired_at!))).toBeLessThan(50);
    await fleet.stop('SIGTERM');
  });
});
