import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GOOD_ITEM, type IngestApp, startIngest } from './ingest-app.js';

const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country';

describe.each([
  ['mdy', '2010-01-12T08:26:00Z', '12/13/2010 8:26', '13/12/2010 8:26'],
  ['dmy', '2010-12-01T08:26:00Z', '13/12/2010 8:26', '12/13/2010 8:26'],
] as const)('where DOCSTREAM_DATE_ORDER is %s', (order, read, good, bad) => {
  let ingest: IngestApp;
  let url: string;
  beforeAll(async () => {
    ingest = await startIngest({ DOCSTREAM_DATE_ORDER: order });
    await ingest.app.listen(0, '127.0.0.1');
    url = await ingest.app.getUrl();
  });
  afterAll(() => ingest.close());

  async function post(path: string, type: string, body: string) {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body });
    return { status: answer.status, body: (await answer.json()) as { errors: unknown } };
  }

  const json = (InvoiceDate: string) => JSON.stringify({ ...GOOD_ITEM, InvoiceDate });
  it.each([
    ['/invoiceitem', 'application/json', json],
    ['/invoiceitems', 'application/json', (date: string) => `[${json(date)}]`],
    ['/invoiceitems', 'application/x-ndjson', json],
    ['/invoiceitems', 'text/csv', (date: string) => `${HEADER}\n1,A,1,${date},1,France\n`],
  ])('%s takes dates of %s in that order alone', async (path, type, bodyOf) => {
    ingest.appender.records.length = 0;
    expect((await post(path, type, bodyOf('1/12/2010 8:26'))).status).toBe(200);
    expect((await post(path, type, bodyOf(good))).status).toBe(200);
    const dates = ingest.appender.records.map(({ value }) => (JSON.parse(value) as typeof GOOD_ITEM).InvoiceDate);
    expect(dates).toEqual([read, '2010-12-13T08:26:00Z']);
    const refused = await post(path, type, bodyOf(bad));
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'InvoiceDate' }] } });
  });
});
