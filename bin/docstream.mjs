#!/usr/bin/env node
// The docstream command of a clone: installs and builds what is missing, then hands over to the built program.
import { setUp } from '../scripts/setup.mjs';

setUp();
await import('../dist/bundle/cli/main.js');
