// npm start: the set-up, then the application in this very process, so that one pid is all there is to signal.
import { setUp } from './setup.mjs';

setUp();
await import('../dist/main.js');
