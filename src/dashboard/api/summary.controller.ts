import { Controller, Get, Query as QueryParameters } from '@nestjs/common';
import { SummaryReader } from '../../store/index.js';
import { type SummaryAnswer, summaryAnswer } from './answers.js';
import { countOf, type Query, rangeOf } from './query.js';

const TOP = 10;
const TOP_MAX = 1_000;

@Controller('api/summary')
export class SummaryController {
  constructor(private readonly summaries: SummaryReader) {}

  /** Exact sums of the lines whose day lies within `from` and `to`, and the `top` countries, products and customers. */
  @Get()
  async summary(@QueryParameters() query: Query): Promise<SummaryAnswer> {
    const range = rangeOf(query);
    const top = countOf(query, 'top', TOP_MAX, TOP);
    return summaryAnswer(await this.summaries.read(range), top);
  }
}
