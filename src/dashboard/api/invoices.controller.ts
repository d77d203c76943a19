import { Controller, Get, Param } from '@nestjs/common';
import { problem, ProblemException } from '../../problem.js';
import { InvoiceReader } from '../../store/index.js';
import { type InvoiceAnswer, invoiceAnswer } from './answers.js';
import { invoiceNoOf } from './query.js';

@Controller('api/invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoiceReader) {}

  /** One invoice with its lines; its number in either case. 404 for a number that is not stored or can't be one. */
  @Get(':invoiceNo')
  async one(@Param('invoiceNo') text: string): Promise<InvoiceAnswer> {
    const invoiceNo = invoiceNoOf(text);
    const invoice = invoiceNo === null ? null : await this.invoices.find(invoiceNo);
    if (invoice === null) throw new ProblemException(problem(404, 'there is no invoice with this number'));
    return invoiceAnswer(invoice);
  }
}
