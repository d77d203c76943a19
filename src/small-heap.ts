// To be imported first: the packages of the bundle alone allocate enough for a collection, which sets the limit of the next.
import { setFlagsFromString } from 'node:v8';

/** How much more than what lives in it the heap may hold before it is collected. */
const HEAP_GROWING_PERCENT = 40;

/*
 * V8 lets the heap grow to four times what lives in it before it collects, since it finds much memory free. What a
 * micro-batch leaves behind would stand for hundreds of megabytes so: docs/decisions/0013 has the figures.
 */
setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
