import { Controller, Get, Query as QueryParameters } from '@nestjs/common';
import { SummaryReader } from '../../store/index.js';
import { type SummaryAnswer, summaryAnswer } from './answers.js';
import { countOf, type Query, rangeOf } from './query.js';

const TOP = 10;
const TOP_MAX = 1_000;

@Controller('api/summary')
export class SummaryController {
  constructor(private readonly summaries: SummaryReader) {}

  /**
   * Exact sums of the lines whose day lies within `from` and `to`, and the `top` products, customers and countries; unless
   * told, ten of the first two and every country.
   */
  @Get()
  async summary(@QueryParameters() query: Query): Promise<SummaryAnswer> {
    const range = rangeOf(query);
    const others = countOf(query, 'top', TOP_MAX, TOP);
    const countries = countOf(query, 'top', TOP_MAX, TOP_MAX);
    return summaryAnswer(await this.summaries.read(range), { countries, others });
  }
}
