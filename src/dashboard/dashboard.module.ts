import { Module } from '@nestjs/common';
import { StoreModule } from '../store/index.js';
import { CustomersController } from './api/customers.controller.js';
import { InvoicesController } from './api/invoices.controller.js';
import { SummaryController } from './api/summary.controller.js';

/** What people and programs read: the JSON API and the pages. */
@Module({
  imports: [StoreModule],
  controllers: [InvoicesController, CustomersController, SummaryController],
})
export class DashboardModule {}
