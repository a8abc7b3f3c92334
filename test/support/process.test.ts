import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runToEnd, spawnProcess, waitFor } from './process.ts';

const node = process.execPath;

/** A zombie (ended, its parent hasn't asked how) doesn't run any more, though signal 0 still reaches it. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('spawnProcess', () => {
  it('finds a line that came before it was asked for, and one that comes later', async () => {
    const child = spawnProcess(node, [
      '-e',
      `console.log('port 4318'); process.stdin.resume(); setTimeout(() => console.error('later 7'), 50)`,
    ]);
    expect((await child.waitForLine(/^port (\d+)$/))[1]).toBe('4318');
    expect((await child.waitForLine(/^port (\d+)$/))[1]).toBe('4318');
    expect((await child.waitForLine(/^later (\d)$/))[1]).toBe('7');
    expect(child.output).toContain('port 4318\n');
    expect(child.stderr).toBe('later 7\n');
  });

  it('says what the process wrote when it ends without the line', async () => {
    const child = spawnProcess(node, ['-e', `console.log('something else')`]);
    await expect(child.waitForLine(/^ready$/)).rejects.toThrow(
      /Cannot see \/\^ready\$\/ .*it has ended.*something else/s,
    );
  });

  it('gives up waiting for a line when the time is up', async () => {
    const child = spawnProcess(node, ['-e', 'setInterval(() => {}, 1000)']);
    await expect(child.waitForLine(/^ready$/, 30)).rejects.toThrow(/30 ms have passed/);
  });

  it('stops by the signal it is told and yields the exit code', async () => {
    const child = spawnProcess(node, [
      '-e',
      `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`,
    ]);
    await child.waitForLine(/^ready$/);
    expect(await child.stop()).toEqual({ code: 7, signal: null });
  });

  it('kills one that ignores the signal, and says so', async () => {
    const child = spawnProcess(node, [
      '-e',
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`,
    ]);
    await child.waitForLine(/^ready$/);
    await expect(child.stop('SIGTERM', 50)).rejects.toThrow(/must end within 50 ms/);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says which program is missing', async () => {
    const child = spawnProcess('/nowhere/program', []);
    await expect(child.exited).rejects.toThrow(/Cannot start \/nowhere\/program: .*ENOENT/);
  });

  it('gives the environment and removes what is undefined', async () => {
    const print = 'console.log(JSON.stringify([process.env.VITALS_A, process.env.HOME]))';
    const { stdout } = await runToEnd(node, ['-e', print], { env: { VITALS_A: 'one', HOME: undefined } });
    expect(JSON.parse(stdout)).toEqual(['one', null]);
  });

  describe('at the end of a test', () => {
    let parent = 0;
    let grandchild = 0;

    it('leaves a process and its child running', async () => {
      const child = spawnProcess(node, [
        '-e',
        `const { spawn } = require('node:child_process');
         const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
         console.log('started ' + sleeper.pid); setInterval(() => {}, 1000)`,
      ]);
      parent = child.pid;
      grandchild = Number((await child.waitForLine(/^started (\d+)$/))[1]);
      expect([isRunning(parent), isRunning(grandchild)]).toEqual([true, true]);
    });

    it('has killed both', async () => {
      await waitFor(() => !isRunning(parent) && !isRunning(grandchild), {
        what: 'the end of both processes',
      });
    });
  });
});

describe('runToEnd', () => {
  it('feeds standard input and yields both streams and the code', async () => {
    const script = `process.stdin.on('data', (data) => process.stdout.write(data)).on('end', () => { console.error('done'); process.exit(3); })`;
    expect(await runToEnd(node, ['-e', script], { stdin: 'hello' })).toEqual({
      code: 3,
      signal: null,
      stdout: 'hello',
      stderr: 'done\n',
    });
  });

  it('kills what takes too long', async () => {
    await expect(runToEnd(node, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 50 })).rejects.toThrow(
      /must end within 50 ms/,
    );
  });
});

describe('waitFor', () => {
  it('asks until there is a value, through errors', async () => {
    let asked = 0;
    const value = await waitFor(
      () => {
        asked += 1;
        if (asked === 1) throw new Error('not listening');
        return asked === 2 ? undefined : `answer ${asked}`;
      },
      { what: 'an answer', intervalMs: 1 },
    );
    expect(value).toBe('answer 3');
  });

  it('names what it waited for and what it saw last', async () => {
    await expect(waitFor(() => false, { what: 'a beat', timeoutMs: 20, intervalMs: 1 })).rejects.toThrow(
      'Cannot see a beat within 20 ms: last value was false',
    );
    const failing = () => Promise.reject(new Error('refused'));
    await expect(waitFor(failing, { what: 'a beat', timeoutMs: 20, intervalMs: 1 })).rejects.toThrow(
      'Cannot see a beat within 20 ms: last error was refused',
    );
  });

  it('gives up on a look that never answers', async () => {
    await expect(waitFor(() => new Promise(() => {}), { what: 'a beat', timeoutMs: 20 })).rejects.toThrow(
      'Cannot see a beat within 20 ms: nothing answered',
    );
  });
});
