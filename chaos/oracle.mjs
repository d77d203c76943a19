// Judges what a run left behind. Nothing here is shared with the product: it has its own arithmetic and its own idea of
// what an invoice is.

const SCALE = 4;

/**
 * The differences between what the clients know (`entries`: `{ line, state }` of each line, by the token that is its
 * description) and what the sinks hold, in words; none where every acknowledged line is stored exactly once, every
 * unknown one at most once, no refused one at all, and all else follows from the lines.
 * @param world `{ invoices, output, batches, deadLetters, deadLetterRecords, summary }` as read from the sinks and the API.
 */
export function judge(entries, world) {
  const ledger = new Map(entries.map((entry) => [entry.line.Description, entry]));
  const stored = linesOf(world.invoices);
  const differences = [
    ...wrongCounts(ledger, stored, 'the store'),
    ...wrongContents(ledger, stored),
    ...wrongSums(world.invoices),
    ...wrongOutput(stored, world.output),
    ...wrongBatches(world.batches, stored.length, world.deadLetters.length),
    ...wrongSummary(world.summary, world.invoices),
  ];
  // Every line that a client sends is judged before Kafka gets it, so nothing may be left over here.
  for (const letter of world.deadLetters) differences.push(`${letter._id} is a dead letter: ${letter.message}`);
  if (world.deadLetterRecords.length !== world.deadLetters.length) {
    differences.push(`dead-letters has ${world.deadLetterRecords.length} records, not ${world.deadLetters.length}`);
  }
  return differences;
}

/** How many stored lines there are for the states of the ledger, and how many were lost or doubled. */
export function tally(entries, world) {
  const times = countBy(linesOf(world.invoices).map(({ line }) => line.description));
  const [lost, doubled] = [0, 1].map((isDoubled) =>
    entries.filter(({ line, state }) => {
      const count = times.get(line.Description) ?? 0;
      return isDoubled ? count > 1 : state === 'acknowledged' && count === 0;
    }),
  );
  return {
    stored: [...times.values()].reduce((sum, count) => sum + count, 0),
    lost: lost.length,
    doubled: doubled.length,
  };
}

const linesOf = (invoices) => invoices.flatMap((invoice) => invoice.lines.map((line) => ({ invoice, line })));

function* wrongCounts(ledger, stored, where) {
  const times = countBy(stored.map(({ line }) => line.description));
  for (const [token, { state }] of ledger) {
    const count = times.get(token) ?? 0;
    if (state === 'acknowledged' && count === 0) yield `lost: ${token} was acknowledged and is not in ${where}`;
    if (state === 'refused' && count > 0) yield `made up: ${token} was refused and is in ${where}`;
    if (count > 1) yield `doubled: ${token} (${state}) is in ${where} ${count} times`;
  }
  for (const token of times.keys()) if (!ledger.has(token)) yield `made up: nobody sent ${token}, which is in ${where}`;
}

function* wrongContents(ledger, stored) {
  for (const { invoice, line } of stored) {
    const sent = ledger.get(line.description)?.line;
    if (sent === undefined) continue;
    const expected = [
      ...[sent.InvoiceNo, sent.StockCode, sent.Quantity, moneyOf(sent.UnitPrice), Date.parse(sent.InvoiceDate)],
      ...[sent.CustomerID, sent.Country, moneyOf(sent.UnitPrice) * BigInt(sent.Quantity)],
    ];
    const found = [
      ...[invoice._id, line.stockCode, line.quantity, moneyOf(line.unitPrice), line.invoiceDate.getTime()],
      ...[invoice.customerId, invoice.country, moneyOf(line.amount)],
    ];
    if (expected.join() !== found.join())
      yield `changed: ${sent.Description} is ${found.join()}, not ${expected.join()}`;
  }
}

function* wrongSums(invoices) {
  for (const { _id, lines, lineCount, units, total } of invoices) {
    const sums = sumsOf(lines);
    const found = [lineCount, units, moneyOf(total)].join();
    const expected = [sums.lines, sums.units, sums.revenue].join();
    if (found !== expected) yield `invoice ${_id} says ${found}; its lines add up to ${expected}`;
    const eventIds = countBy(lines.map(({ eventId }) => eventId));
    for (const [eventId, count] of eventIds) if (count > 1) yield `invoice ${_id} has event ${eventId} ${count} times`;
  }
}

function* wrongOutput(stored, output) {
  const keyOf = (invoiceNo, { eventId, description }) => `${invoiceNo} ${eventId} ${description}`;
  const inStore = countBy(stored.map(({ invoice, line }) => keyOf(invoice._id, line)));
  const inOutput = countBy(output.flatMap(({ invoiceNo, lines }) => lines.map((line) => keyOf(invoiceNo, line))));
  for (const [key, count] of inStore) {
    const published = inOutput.get(key) ?? 0;
    if (published !== count) yield `${key} is in the store ${count} times and in spark-output ${published} times`;
  }
  for (const key of inOutput.keys()) if (!inStore.has(key)) yield `${key} is in spark-output and not in the store`;
}

function* wrongBatches(batches, lines, letters) {
  let [stored, deadLetters] = [0, 0];
  for (const batch of batches) {
    stored += batch.stored;
    deadLetters += batch.deadLetters;
    if (batch.records !== batch.stored + batch.duplicates + batch.deadLetters) {
      yield `micro-batch ${batch._id}: ${batch.records} records, but ${batch.stored} stored, ${batch.duplicates} duplicates and ${batch.deadLetters} dead letters`;
    }
  }
  if (stored !== lines) yield `the micro-batches stored ${stored} lines, the invoices hold ${lines}`;
  if (deadLetters !== letters) yield `the micro-batches made ${deadLetters} dead letters, ${letters} are kept`;
}

function* wrongSummary({ totals, byDay, byCountry, byCustomer, byProduct }, invoices) {
  const lines = linesOf(invoices);
  const customers = new Set(invoices.map(({ customerId }) => customerId).filter((id) => id !== null));
  const { revenue, lines: count } = sumsOf(lines.map(({ line }) => line));
  const expected = [revenue, invoices.length, customers.size, count].join();
  const found = [moneyOf(totals.revenue), totals.invoices, totals.customers, totals.lines].join();
  if (found !== expected) yield `the summary's totals are ${found}, not ${expected}`;
  const groups = [
    ['day', byDay, ({ day }) => day, ({ line }) => line.invoiceDate.toISOString().slice(0, 10)],
    ['country', byCountry, ({ country }) => country, ({ invoice }) => invoice.country],
    ['product', byProduct, ({ stockCode }) => stockCode, ({ line }) => line.stockCode],
    ['customer', byCustomer, ({ customerId }) => customerId, ({ invoice }) => invoice.customerId],
  ];
  for (const [what, told, keyOfTold, keyOfLine] of groups) yield* wrongGroup(what, told, keyOfTold, keyOfLine, lines);
}

function* wrongGroup(what, told, keyOfTold, keyOfLine, lines) {
  const groups = new Map();
  for (const entry of lines) {
    const key = keyOfLine(entry);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry.line]);
    else group.push(entry.line);
  }
  const found = new Map(told.map((entry) => [keyOfTold(entry), `${moneyOf(entry.revenue)} in ${entry.lines} lines`]));
  for (const key of new Set([...groups.keys(), ...found.keys()])) {
    const sums = sumsOf(groups.get(key) ?? []);
    const expected = sums.lines === 0 ? undefined : `${sums.revenue} in ${sums.lines} lines`;
    if (found.get(key) !== expected) yield `the summary of ${what} ${key} is ${found.get(key)}, not ${expected}`;
  }
}

function sumsOf(lines) {
  const sums = { lines: lines.length, units: 0, revenue: 0n };
  for (const { quantity, unitPrice } of lines) {
    sums.units += quantity;
    sums.revenue += moneyOf(unitPrice) * BigInt(quantity);
  }
  return sums;
}

/** An amount of at most four decimals, in ten-thousandths. */
function moneyOf(amount) {
  const [, sign, whole, decimals = ''] = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(String(amount)) ?? [];
  if (whole === undefined) throw new Error(`${String(amount)} is no amount of money`);
  return BigInt(`${sign}${whole}${decimals.padEnd(SCALE, '0')}`);
}

function countBy(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
