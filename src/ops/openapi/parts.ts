import type { OpenAPIObject } from '@nestjs/swagger';

/** The types of an OpenAPI document, which @nestjs/swagger does not export by name. */
export type Paths = OpenAPIObject['paths'];
export type Operation = NonNullable<Paths[string]['get']>;
export type Responses = Operation['responses'];
export type Response = { description: string; headers?: Record<string, object>; content?: Record<string, object> };
export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
export type Schema = Schemas[string];
export type Parameter = NonNullable<Operation['parameters']>[number];

/** A schema by its name under `components.schemas`. */
export function ref(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object that has all of these properties and no others. */
export function record(properties: Record<string, Schema>, description?: string): Schema {
  const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  return description === undefined ? schema : { ...schema, description };
}

export function arrayOf(items: Schema): Schema {
  return { type: 'array', items };
}

export function nullable(type: string, extra: object = {}): Schema {
  return { type: [type, 'null'], ...extra };
}

/** A page of a list, and where the next one starts. */
export function page(items: Schema): Schema {
  return record({ items: arrayOf(items), next: nullable('string', { description: 'cursor of the next page' }) });
}

/** A JSON answer. */
export function json(description: string, schema: Schema): Response {
  return { description, content: { 'application/json': { schema } } };
}

/** An RFC 9457 answer. */
export function problemAnswer(description: string, headers: Record<string, string> = {}): Response {
  const named = Object.entries(headers).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  const answer = { description, content: { 'application/problem+json': { schema: ref('Problem') } } };
  return named.length === 0 ? answer : { ...answer, headers: Object.fromEntries(named) as Record<string, object> };
}

const RETRY_AFTER = { 'Retry-After': 'seconds to wait' };

/** What any address may answer, whatever it is for. */
export const ALWAYS: Responses = {
  400: problemAnswer('the address or a parameter is malformed; `errors` names each'),
  414: problemAnswer('the address is too long'),
  421: problemAnswer('an instance that can be read without a key does not answer to this name of a host'),
  500: problemAnswer('docstream failed; its log says why'),
};

export const UNAVAILABLE: Responses = {
  503: problemAnswer('the store, or Kafka, does not answer now', RETRY_AFTER),
};

/** A key as a bearer token or in X-API-Key, or none where everybody may. */
export const ANY_KEY = [{ bearer: [] }, { apiKey: [] }, {}];

export const KEY_NEEDED: Responses = {
  401: problemAnswer('a key is needed and no valid one was sent', { 'WWW-Authenticate': 'how to send a key' }),
  403: problemAnswer('the key lacks the scope that this needs'),
  429: problemAnswer('too many wrong keys came from this address', RETRY_AFTER),
};

export const UNKNOWN: Responses = { 404: problemAnswer('there is no such thing') };

export function pathParameter(name: string, description: string, example: string): Parameter {
  return { name, in: 'path', required: true, description, schema: { type: 'string', minLength: 1 }, example };
}

export function queryParameter(name: string, description: string, schema: Schema): Parameter {
  return { name, in: 'query', required: false, description, schema };
}

/** An operation that reads, with the answers that each may give. */
export function reading(
  tag: string,
  operationId: string,
  summary: string,
  rest: Partial<Operation>,
): { get: Operation } {
  const responses: Responses = { ...ALWAYS, ...rest.responses };
  return { get: { tags: [tag], operationId, summary, ...rest, responses } };
}
