import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a network fails. */
export type NetworkState =
  /** All bytes pass. */
  | 'passes'
  /** Connections are broken and refused. */
  | 'refuses'
  /** Connections are taken and nothing comes of them; what was sent is lost. */
  | 'swallows'
  /** Connections are taken, and what is sent is kept: it arrives once the network passes again. */
  | 'queues';

/** A network between two programs of this machine that fails when a test wants it to. */
export interface Network {
  /** Where the clients connect to, such as `http://127.0.0.1:40213`. */
  readonly url: string;
  /** Connections that were made since the state was set last. */
  readonly connections: number;
  set(state: NetworkState): void;
}

/**
 * Puts a network in front of a server; it goes with the test.
 *
 * @param target - The server's URL; only its host and port count.
 * @param from - The address that the server sees connections come from, one of 127.0.0.0/8.
 */
export async function networkBefore(target: string, from = '127.0.0.1'): Promise<Network> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const queued: (() => void)[] = [];
  let state: NetworkState = 'passes';
  let connections = 0;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections++;
    keep(client);
    if (state === 'refuses') client.destroy();
    else if (state === 'swallows') client.resume();
    else if (state === 'queues') queue(client);
    else pass(client);
  });

  function pass(client: Socket): void {
    const upstream = connect({ host: hostname, port: Number(port), localAddress: from, allowHalfOpen: true });
    keep(upstream);
    client.pipe(upstream);
    upstream.pipe(client);
    client.on('close', () => upstream.destroySoon());
    upstream.on('close', () => client.destroy());
  }

  function queue(client: Socket): void {
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    queued.push(() => {
      const upstream = connect({ host: hostname, port: Number(port), localAddress: from });
      keep(upstream);
      upstream.resume();
      for (const chunk of chunks) upstream.write(chunk);
      client.destroy();
      // The answer is for nobody any more, but the request is to be read to its end.
      upstream.once('data', () => upstream.end());
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    set: (next) => {
      state = next;
      connections = 0;
      for (const socket of sockets) socket.destroy();
      if (next === 'passes') for (const send of queued.splice(0)) send();
    },
  };
}
