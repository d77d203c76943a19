import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Settings } from '../../config.js';
import { limitDocs } from './docs-policy.js';
import { bulkContent, itemSchemas } from './item-schemas.js';
import { ANY_KEY, KEY_NEEDED, type Paths } from './parts.js';
import { DASHBOARD_PATHS, INGEST_ALWAYS, OPS_PATHS } from './paths.js';
import { SCHEMAS } from './schemas.js';

/** Serves OpenAPI 3.1 of what this instance answers at `/openapi.json`, and as a page at `/docs`. */
export function describeApi(app: NestFastifyApplication, settings: Settings): void {
  limitDocs(app.getHttpAdapter().getInstance());
  const document = describeRoutes(app, settings);
  SwaggerModule.setup('docs', app, document, {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'docstream API',
    // The badge of Swagger's own validator would tell another host what this one serves.
    swaggerOptions: { validatorUrl: null, displayRequestDuration: true },
  });
}

/** The document. Ingest is described by its decorators, the rest by the tables beside this file. */
export function describeRoutes(app: NestFastifyApplication, settings: Settings): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('docstream')
    .setDescription(
      'Invoice lines in over HTTP, buffered in Kafka, folded into invoices in MongoDB, each exactly once.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
    .build();
  const scanned = SwaggerModule.createDocument(app, base);
  const schemas = { ...itemSchemas(scanned.components?.schemas?.['InvoiceItemDto'], settings.ingest), ...SCHEMAS };
  const paths = guarded({
    ...ingestPaths(scanned.paths),
    ...OPS_PATHS,
    ...(settings.roles.includes('dashboard') ? DASHBOARD_PATHS : {}),
  });
  return { ...scanned, paths, components: { ...scanned.components, schemas } };
}

/** Reading needs a key where one is made for it. */
function guarded(paths: Paths): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => {
      const { get } = item;
      if (get === undefined || !(path.startsWith('/api/') || path === '/metrics')) return [path, item];
      return [path, { ...item, get: { ...get, security: ANY_KEY, responses: { ...get.responses, ...KEY_NEEDED } } }];
    }),
  );
}

function ingestPaths(scanned: Paths): Paths {
  const single = scanned['/invoiceitem']?.post;
  const bulk = scanned['/invoiceitems']?.post;
  if (single === undefined || bulk === undefined) return {};
  const requestBody = { ...bulk.requestBody, content: bulkContent() };
  return {
    '/invoiceitem': { post: { ...single, responses: { ...single.responses, ...INGEST_ALWAYS } } },
    '/invoiceitems': { post: { ...bulk, requestBody, responses: { ...bulk.responses, ...INGEST_ALWAYS } } },
  };
}
