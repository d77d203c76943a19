import type { FastifyInstance } from 'fastify';

/** The methods that an address takes, in the order of their routes; none: there is nothing at it. */
type MethodsOf = (path: string) => string[];

const METHODS_OF = 'methodsOf';

/**
 * From now on `methodsOf` knows every route. Fastify itself tells the methods of a pattern only, not of an address that
 * fits one.
 */
export function observeRoutes(fastify: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  const methodsOf: MethodsOf = (path) => {
    const own = routes.get(path) ?? routes.get(path.replace(/\/$/, ''));
    if (own !== undefined) return [...own.methods];
    const methods = Array.from(routes.values(), (route) => (route.pattern.test(path) ? [...route.methods] : []));
    return [...new Set(methods.flat())];
  };
  fastify.decorate(METHODS_OF, methodsOf);
}

export function methodsOf(fastify: FastifyInstance, path: string): string[] {
  return fastify.hasDecorator(METHODS_OF) ? fastify.getDecorator<MethodsOf>(METHODS_OF)(path) : [];
}

/** `:name` stands for one segment or a part of one, `*` for the rest. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replace(/:\w+/g, '[^/]+')}/?$`);
}
