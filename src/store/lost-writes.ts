import driver from 'mongodb/lib/cmap/connection.js';
import { patchOnce } from '../patch-once.js';

/**
 * Tells a command that waits to be written that its connection is gone. mongodb 7.8.0 destroys a connection that was
 * closed or timed out without saying so, and whoever waits for room in its socket, as every command of more than 16 kB
 * does for a moment, waits for ever.
 */
export const tellLostWrites = patchOnce(() => {
  const { prototype } = driver.Connection;
  const original = prototype.cleanup;
  prototype.cleanup = function cleanup(this: typeof prototype, error) {
    const wasOpen = !this.closed;
    original.call(this, error);
    // Its own listener, which is always there, takes a closed connection's error for nothing.
    if (wasOpen) this.socket.emit('error', error);
  };
});
