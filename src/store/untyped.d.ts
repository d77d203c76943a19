declare module 'mongodb/lib/cmap/connection.js' {
  import type { Socket } from 'node:net';

  const driver: {
    Connection: {
      prototype: {
        readonly socket: Socket;
        readonly closed: boolean;
        cleanup(error: Error): void;
      };
    };
  };
  export default driver;
}
