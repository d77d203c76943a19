import Handlebars from 'handlebars';
import type { MoneyFormat } from './money-format.js';

/** Handlebars with what the pages format: nothing but these helpers makes HTML outside the templates. */
export function pageHandlebars(assetRoot: string, money: MoneyFormat): typeof Handlebars {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    asset: (file: string) => `${assetRoot}/${file}`,
    count: formatCount,
    day: (date: string) => html`<time datetime="${date.slice(0, 10)}">${formatDay(date)}</time>`,
    eq: (a: unknown, b: unknown) => a === b,
    instant: (date: string) => html`<time datetime="${date}">${formatDay(date)}, ${date.slice(11, 19)}</time>`,
    moment: (date: string) => html`<time datetime="${date}">${formatMoment(date)}</time>`,
    money: (amount: string) => html`<data class="money" value="${amount}">${money.exact(amount)}</data>`,
    month: formatMonth,
    sum: (amount: string) => html`<data class="money" value="${amount}">${money.rounded(amount)}</data>`,
    path: (part: string) => encodeURIComponent(part),
    rate: formatRate,
    sentence: (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`),
  });
  return handlebars;
}

/** A whole number with its thousands apart; a dash for one that is not known. */
export function formatCount(count: number | null): string {
  if (count === null) return '–';
  return `${count < 0 ? MINUS : ''}${grouped(String(Math.abs(count)))}`;
}

/** `2010-12-01` as 1 Dec 2010. */
export function formatDay(day: string): string {
  const month = MONTHS[Number(day.slice(5, 7)) - 1] ?? '';
  return `${Number(day.slice(8, 10))} ${month} ${Number(day.slice(0, 4))}`;
}

/** `2010-12` as Dec 2010. */
export function formatMonth(month: string): string {
  return formatDay(`${month}-01`).replace(/^1 /, '');
}

/** The month's three letters are the same in each locale of the server. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The minus sign is as wide as a digit, a hyphen is not. */
const MINUS = '\u2212';

function formatMoment(date: string): string {
  return `${formatDay(date)}, ${date.slice(11, 16)}`;
}

function formatRate(perSecond: number | null): string {
  if (perSecond === null) return '–';
  return perSecond >= 10 ? formatCount(Math.round(perSecond)) : String(Math.round(perSecond * 10) / 10);
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A template whose values are escaped, for helpers that answer with an element. */
function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Handlebars.SafeString {
  const text = parts.reduce(
    (all, part, index) => all + Handlebars.escapeExpression(String(values[index - 1] ?? '')) + part,
  );
  return new Handlebars.SafeString(text);
}
