import { describe, expect, it } from 'vitest';
import { firstIntegrationImage, ImageChanges, integrationsPerImage } from '../../src/core/image-changes.ts';

function takeAll(changes: ImageChanges): number[] {
  const taken: number[] = [];
  for (let index = changes.take(); index !== undefined; index = changes.take()) taken.push(index);
  return taken;
}

describe('what has changed since its last image', () => {
  it('is handed out once, in order: blocks of agents, then of integrations', () => {
    const changes = new ImageChanges();
    changes.markIntegration(integrationsPerImage);
    for (const index of [2, 0, 2]) changes.markAgents(index);
    changes.markIntegration(integrationsPerImage + 1);
    expect(changes.count).toBe(3);
    expect(takeAll(changes)).toEqual([0, 2, firstIntegrationImage + 1]);
    expect([changes.count, changes.take()]).toEqual([0, undefined]);
  });

  it('has its turn however often the first one changes', () => {
    const changes = new ImageChanges();
    for (const index of [0, 1]) changes.markAgents(index);
    changes.markIntegration(0);
    const taken: (number | undefined)[] = [];
    for (let turn = 0; turn < 4; turn++) {
      taken.push(changes.take());
      changes.markAgents(0);
    }
    expect(taken).toEqual([0, 1, firstIntegrationImage, 0]);
  });

  it('is everything that ever was, where the images are lost', () => {
    const changes = new ImageChanges();
    changes.markAgents(1);
    changes.markIntegration(0);
    takeAll(changes);
    changes.markAll();
    expect(takeAll(changes)).toEqual([0, 1, firstIntegrationImage]);
  });
});
