import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The bad network of `npm run chaos`; chaos/proxy.mjs says what each does. */
export interface Proxy {
  readonly port: number;
  targetPort: number;
  cut(): void;
  refuse(): void;
  delay(ms: number): void;
  throttle(bytesPerSecond: number): void;
  hang(): void;
  heal(): void;
  close(): Promise<void>;
}

/** A proxy on 127.0.0.1 before the port; at first a good network. Close it in the `afterEach` beside the call. */
export async function openProxy(targetPort: number): Promise<Proxy> {
  const file = pathToFileURL(resolve('chaos/proxy.mjs')).href;
  const { Proxy: BadNetwork } = (await import(file)) as { Proxy: { open(port: number): Promise<Proxy> } };
  return BadNetwork.open(targetPort);
}
