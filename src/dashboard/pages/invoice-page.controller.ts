import { Controller, Get, Header, Inject, Optional, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { formatMoney } from '../../invoice/index.js';
import { problem, ProblemException } from '../../problem.js';
import { CustomerReader, InvoiceReader, type StoredInvoiceDetail } from '../../store/index.js';
import { invoiceAnswer, type InvoiceListItem, invoiceListItem } from '../api/answers.js';
import { invoiceNoOf } from '../api/query.js';
import { TrailSource } from '../trail-source.js';
import { invoiceCsv } from './csv.js';
import { Views } from './views.js';

const OTHERS_MAX = 20;

@Controller('dashboard/invoices')
export class InvoicePageController {
  constructor(
    private readonly invoices: InvoiceReader,
    private readonly customers: CustomerReader,
    private readonly views: Views,
    @Optional() @Inject(TrailSource) private readonly trails?: TrailSource,
  ) {}

  /** The lines as a CSV file. */
  @Get(':invoiceNo.csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  async csv(@Param('invoiceNo') text: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const invoice = await this.find(text);
    void reply.header('content-disposition', `attachment; filename="invoice-${invoice.invoiceNo}.csv"`);
    return invoiceCsv(invoice);
  }

  /** The invoice as a JSON file, in the shape of the API. */
  @Get(':invoiceNo.json')
  @Header('content-type', 'application/json; charset=utf-8')
  async json(@Param('invoiceNo') text: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const answer = invoiceAnswer(await this.find(text));
    void reply.header('content-disposition', `attachment; filename="invoice-${answer.invoiceNo}.json"`);
    return `${JSON.stringify(answer, null, 2)}\n`;
  }

  /** The invoice as a page. */
  @Get(':invoiceNo')
  @Header('content-type', 'text/html; charset=utf-8')
  async page(@Param('invoiceNo') text: string): Promise<string> {
    const invoice = await this.find(text);
    const { invoiceNo, kind } = invoice;
    return this.views.render('invoice', {
      title: `Invoice ${invoiceNo}`,
      search: { invoiceNo },
      invoice: { ...invoice, total: formatMoney(invoice.total), lines: lineRows(invoice, this.trails ?? null) },
      others: await this.others(invoice),
      isCancellation: kind === 'cancellation',
      isAdjustment: kind === 'adjustment',
    });
  }

  /** The data say nowhere which invoice a cancellation cancels; what the customer did that day is what they do say. */
  private async others({ invoiceNo, customerId, invoiceDate }: StoredInvoiceDetail): Promise<InvoiceListItem[]> {
    if (customerId === null) return [];
    const ofDay = await this.customers.onDay(customerId, invoiceDate.slice(0, 10), OTHERS_MAX);
    return ofDay.filter((other) => other.invoiceNo !== invoiceNo).map(invoiceListItem);
  }

  private async find(text: string): Promise<StoredInvoiceDetail> {
    const invoiceNo = invoiceNoOf(text);
    const invoice = invoiceNo === null ? null : await this.invoices.find(invoiceNo);
    if (invoice !== null) return invoice;
    const detail = invoiceNo === null ? 'This is not an invoice number.' : `No invoice ${invoiceNo} is stored.`;
    throw new ProblemException(problem(404, detail));
  }
}

/** The lines as rows, with a note where a line says something else than the invoice's first one. */
function lineRows(invoice: StoredInvoiceDetail, trails: TrailSource | null): object[] {
  const { invoiceNo } = invoice;
  return invoice.lines.map(
    ({
      eventId,
      partition,
      offset,
      stockCode,
      description,
      quantity,
      invoiceDate,
      unitPrice,
      amount,
      customerId,
      country,
    }) => ({
      ...{ stockCode, description, quantity, unitPrice: formatMoney(unitPrice), amount: formatMoney(amount) },
      trail: trails?.receiptOf({ partition, offset, invoiceNo, eventId }) ?? null,
      otherDate: invoiceDate === invoice.invoiceDate ? null : invoiceDate,
      otherCustomer: customerId === invoice.customerId ? null : (customerId ?? 'Guest'),
      otherCountry: country === invoice.country ? null : country,
    }),
  );
}
