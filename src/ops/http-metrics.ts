import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  requests: Counter.Internal;
  seconds: Histogram.Internal<string>;
}

/** Counts requests by route, method and status, and the items in them. Unknown addresses share one route. */
export class HttpMetrics {
  private readonly requests: Counter<'route' | 'method' | 'status'>;
  private readonly seconds: Histogram<'route' | 'method'>;
  private readonly accepted: Counter;
  private readonly rejected: Counter;
  /** Looking labels up costs more than counting; there are few routes and statuses. */
  private readonly series = new Map<string, Series>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'docstream_http_requests_total',
      help: 'HTTP requests answered',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'docstream_http_request_duration_seconds',
      help: 'From the arrival of a request to the end of its answer',
      labelNames: ['route', 'method'],
      buckets: SECONDS,
      registers,
    });
    this.accepted = new Counter({
      name: 'docstream_items_accepted_total',
      help: 'Items acknowledged by Kafka',
      registers,
    });
    this.rejected = new Counter({ name: 'docstream_items_rejected_total', help: 'Items refused', registers });
  }

  /** To be called before routes are registered. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      this.count(request, reply);
      done();
    });
    fastify.addHook('onRoute', (route) => {
      if (route.url !== BULK_ROUTE) return;
      route.onSend = (_request, _reply, payload, done) => {
        this.countLines(payload);
        done(null, payload);
      };
    });
  }

  private count(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? '(unknown)' : (request.routeOptions.url ?? '(unknown)');
    const { method } = request;
    const { statusCode } = reply;
    const name = `${method} ${statusCode} ${route}`;
    let series = this.series.get(name);
    if (series === undefined) {
      const status = String(statusCode);
      series = {
        requests: this.requests.labels({ route, method, status }),
        seconds: this.seconds.labels({ route, method }),
      };
      this.series.set(name, series);
    }
    series.requests.inc();
    series.seconds.observe(reply.elapsedTime / 1_000);
    if (route !== SINGLE_ROUTE) return;
    if (statusCode === 200) this.accepted.inc();
    else if (statusCode >= 400 && statusCode < 500) this.rejected.inc();
  }

  /** The answer to a bulk request says what became of its lines. */
  private countLines(payload: unknown): void {
    const counts = typeof payload === 'string' ? /"accepted":(\d+),"rejected":(\d+)/.exec(payload) : null;
    this.accepted.inc(Number(counts?.[1] ?? 0));
    this.rejected.inc(Number(counts?.[2] ?? 0));
  }
}

const SINGLE_ROUTE = '/invoiceitem';
const BULK_ROUTE = '/invoiceitems';
