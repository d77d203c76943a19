// npm run build: the set-up, and nothing after it. What is built already from exactly these sources is not built again.
import { setUp } from './setup.mjs';

setUp();
