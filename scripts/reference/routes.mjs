import { code, table } from './table.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every call of the OpenAPI document. */
export function routesPage(document) {
  const calls = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) => ({ path, method, ...item[method] })),
  );
  const tags = [...new Set(calls.map(({ tags: [tag] = ['other'] }) => tag))];
  const parts = tags.map((tag) => {
    const own = calls.filter(({ tags: [first] = ['other'] }) => first === tag);
    return `## ${tag}\n\n${own.map(call).join('\n')}`;
  });
  return `# HTTP calls

From the OpenAPI document, which a running instance has at \`/openapi.json\` and as a page at \`/docs\`; the schemas stand
there. The pages of the dashboard are not in it: README.md lists them.

${parts.join('\n')}`;
}

function call({ path, method, summary = '', parameters = [], requestBody, responses }) {
  const types = Object.keys(requestBody?.content ?? {});
  const given = parameters.map(({ name, in: place, required = false, description = '' }) => {
    return [code(name), place, required ? 'yes' : '', description];
  });
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => {
    return [status, description, Object.keys(content).map(code).join(', ')];
  });
  return [
    `### ${method.toUpperCase()} ${path}\n`,
    `${summary}.\n`,
    ...(types.length > 0 ? [`Body: ${types.map(code).join(', ')}.\n`] : []),
    ...(given.length > 0 ? [`${table(['parameter', 'in', 'required', 'meaning'], given)}\n`] : []),
    `${table(['answer', 'when', 'type'], answers)}\n`,
  ].join('\n');
}
