import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { startTestApp, type TestApp } from '../helpers/app.js';

interface PostmanRequest {
  method: string;
  header: { key: string; value: string }[];
  url: { raw: string };
  body?: { raw: string };
}
interface Item {
  name: string;
  item?: Item[];
  request?: PostmanRequest;
  event?: { script: { exec: string[] } }[];
}
interface Collection {
  item: Item[];
  variable: { key: string; value: string }[];
}

const KEY = 'a-key-for-the-collection';
const file = readFileSync('examples/docstream.postman_collection.json', 'utf8');
const collection = JSON.parse(file) as Collection;
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ DOCSTREAM_API_KEYS: KEY });
});
afterAll(() => app.close());

/** What the format v2.1 asks of the parts that are used here, and no part besides. */
const text = { type: 'string', minLength: 1 };
const pairs = {
  type: 'array',
  items: {
    type: 'object',
    required: ['key', 'value'],
    properties: { key: text, value: { type: 'string' }, type: text },
    additionalProperties: false,
  },
};
const FORMAT = {
  type: 'object',
  required: ['info', 'item'],
  additionalProperties: false,
  properties: {
    info: {
      type: 'object',
      required: ['name', 'schema'],
      properties: { schema: { const: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' } },
    },
    auth: { type: 'object', required: ['type', 'bearer'], properties: { type: { const: 'bearer' }, bearer: pairs } },
    variable: pairs,
    item: { type: 'array', items: { $ref: '#/definitions/item' } },
  },
  definitions: {
    item: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      oneOf: [{ required: ['item'] }, { required: ['request', 'event'] }],
      properties: {
        name: text,
        item: { type: 'array', items: { $ref: '#/definitions/item' } },
        event: {
          type: 'array',
          items: {
            type: 'object',
            required: ['listen', 'script'],
            properties: {
              listen: { enum: ['test', 'prerequest'] },
              script: {
                type: 'object',
                required: ['exec'],
                properties: { type: text, exec: { type: 'array', items: { type: 'string' } } },
                additionalProperties: false,
              },
            },
            additionalProperties: false,
          },
        },
        request: {
          type: 'object',
          required: ['method', 'url'],
          additionalProperties: false,
          properties: {
            method: { enum: ['GET', 'POST', 'DELETE'] },
            description: text,
            header: pairs,
            body: { type: 'object', required: ['mode', 'raw'], properties: { mode: { const: 'raw' } } },
            url: {
              type: 'object',
              required: ['raw', 'host'],
              properties: { raw: text, host: { type: 'array' }, path: { type: 'array' }, query: pairs },
              additionalProperties: false,
            },
          },
        },
      },
    },
  },
};

/** Sends the requests in order, as Postman's runner does, and runs the tests of each on its answer. */
class Runner {
  readonly passed: string[] = [];
  readonly failed: string[] = [];
  private readonly variables: Map<string, string>;

  constructor(variables: { key: string; value: string }[]) {
    this.variables = new Map(variables.map(({ key, value }) => [key, value]));
  }

  async run(items: readonly Item[]): Promise<void> {
    const all = items.flatMap((item) => item.item ?? [item]);
    for (let at = 0; at < all.length;) {
      const item = all[at];
      if (item === undefined) break;
      const next = await this.send(item);
      at = next === null ? at + 1 : all.findIndex(({ name }) => name === next);
    }
  }

  /** Resolves with the name of the request that is to come next; null: the one behind it. */
  private async send({ name, request, event = [] }: Item): Promise<string | null> {
    if (request === undefined) throw new Error(`${name} has no request`);
    const headers = Object.fromEntries(request.header.map(({ key, value }) => [key, this.filled(value)]));
    const answer = await fetch(this.filled(request.url.raw), {
      method: request.method,
      headers: { ...headers, authorization: this.filled('Bearer {{apiKey}}') },
      ...(request.body === undefined ? {} : { body: this.filled(request.body.raw) }),
    });
    const body = await answer.text();
    let next: string | null = null;
    const pm = {
      response: { code: answer.status, headers: answer.headers, json: () => JSON.parse(body) as unknown },
      collectionVariables: { set: (key: string, value: string) => this.variables.set(key, value) },
      execution: { setNextRequest: (named: string) => (next = named) },
      expect: (value: unknown) => ({
        to: {
          // What a script makes has prototypes of its own, so values are compared as JSON.
          eql: (wanted: unknown) => {
            deepStrictEqual(asJson(value), asJson(wanted));
          },
          include: (wanted: unknown) => {
            if (!(value as unknown[]).includes(wanted))
              throw new Error(`${JSON.stringify(value)} lacks ${String(wanted)}`);
          },
        },
      }),
      test: (what: string, check: () => void) => {
        try {
          check();
          this.passed.push(`${name}: ${what}`);
        } catch (error) {
          this.failed.push(`${name}: ${what}: ${(error as Error).message}\n${body.slice(0, 500)}`);
        }
      },
    };
    vm.runInNewContext(event.flatMap(({ script }) => script.exec).join('\n'), { pm });
    return next;
  }

  private filled(template: string): string {
    return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = this.variables.get(name);
      if (value === undefined) throw new Error(`there is no variable ${name}`);
      return value;
    });
  }
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the Postman collection', () => {
  it('is of the format v2.1', () => {
    const validate = new Ajv({ strict: false }).compile(FORMAT);
    expect([validate(collection), validate.errors]).toEqual([true, null]);
  });

  it('passes its own tests, twice', async () => {
    const given = new Map([
      ['baseUrl', app.url],
      ['apiKey', KEY],
    ]);
    const variables = collection.variable.map(({ key, value }) => ({ key, value: given.get(key) ?? value }));
    for (let round = 0; round < 2; round++) {
      const runner = new Runner(variables);
      await runner.run(collection.item);
      expect(runner.failed).toEqual([]);
      expect(runner.passed.length).toBeGreaterThan(20);
    }
  });
});
