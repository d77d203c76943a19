import { Global, Module } from '@nestjs/common';
import { ServeStaticModule } from '@nestjs/serve-static';
import { AccessModule } from '../access/access.module.js';
import { HTML_ERROR_RENDERER } from '../problem.js';
import { StoreModule } from '../store/index.js';
import { CustomersController } from './api/customers.controller.js';
import { InvoicesController } from './api/invoices.controller.js';
import { SummaryController } from './api/summary.controller.js';
import { assetRoot, publicDir } from './pages/assets.js';
import { PipelineLive } from './live/pipeline-live.js';
import { CustomerPageController } from './pages/customer-page.controller.js';
import { DeadLetterPageController } from './pages/dead-letter-page.controller.js';
import { DeadLettersPageController } from './pages/dead-letters-page.controller.js';
import { ErrorPages } from './pages/error-pages.js';
import { EventPageController } from './pages/event-page.controller.js';
import { FormAdmission } from './pages/form-admission.js';
import { InvoicePageController } from './pages/invoice-page.controller.js';
import { MoneyFormat } from './pages/money-format.js';
import { OverviewController } from './pages/overview.controller.js';
import { PipelinePageController } from './pages/pipeline-page.controller.js';
import { ReplayPageController } from './pages/replay-page.controller.js';
import { RootController } from './pages/root.controller.js';
import { SearchController } from './pages/search.controller.js';
import { CountryPageController } from './pages/country-page.controller.js';
import { ProductPageController } from './pages/product-page.controller.js';
import { SessionController } from './pages/session.controller.js';
import { SignIn } from './pages/sign-in.js';
import { Suggestions } from './pages/suggestions.js';
import { Views } from './pages/views.js';
import { WarmUp } from './warm-up.js';

/** What people and programs read: the JSON API and the pages. Global for the error pages, which any route may need. */
@Global()
@Module({
  imports: [
    AccessModule,
    StoreModule,
    ServeStaticModule.forRoot({
      rootPath: publicDir,
      serveRoot: assetRoot,
      // What it answers here is no problem document; every other file that is not there gets one.
      renderPath: '/index.html',
      serveStaticOptions: { immutable: true, maxAge: '365d', index: false },
    }),
  ],
  controllers: [
    InvoicesController,
    CustomersController,
    SummaryController,
    RootController,
    OverviewController,
    SearchController,
    InvoicePageController,
    CountryPageController,
    ProductPageController,
    CustomerPageController,
    PipelinePageController,
    DeadLettersPageController,
    ReplayPageController,
    DeadLetterPageController,
    EventPageController,
    SessionController,
  ],
  providers: [
    Views,
    ErrorPages,
    FormAdmission,
    MoneyFormat,
    PipelineLive,
    SignIn,
    Suggestions,
    WarmUp,
    { provide: HTML_ERROR_RENDERER, useExisting: ErrorPages },
  ],
  exports: [HTML_ERROR_RENDERER],
})
export class DashboardModule {}
