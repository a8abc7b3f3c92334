import { describe, expect, it } from 'vitest';
import { minute, second } from '../../support/observe.ts';
import { AlertRig } from './rig.ts';

describe('an agent that dies', () => {
  it('fires once, dated at its deadline, and is resolved two minutes after it was heard again', () => {
    const rig = new AlertRig();
    rig.beat('a').live(119 * second);
    expect(rig.firing).toEqual(['AgentLate a']);
    rig.told();
    rig.live(3 * second);
    expect(rig.firing).toEqual(['AgentOffline a']);
    expect(rig.told()).toContain('AgentOffline a inactive → firing @120');
    rig.live(minute);
    rig.beat('a').live(10 * second, () => rig.beat('a'));
    expect(rig.firing).toEqual(['AgentOffline a']);
    rig.live(2 * minute, () => rig.beat('a'));
    expect(rig.firing).toEqual([]);
    expect(rig.told()).toEqual(['AgentOffline a firing → resolved @302']);
  });
});
