import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { instanceToPlain, Transform } from 'class-transformer';
import { registerDecorator, validateSync, type ValidationArguments } from 'class-validator';
import {
  eventIdRule,
  type FieldError,
  type Item,
  ITEM_FIELDS,
  type ItemOptions,
  type ItemVerdict,
  noItem,
  Refusal,
  type Rule,
  RULES,
  unknownFields,
} from '../invoice/index.js';

/** How the sender's dates are read travels with the object, because class-validator's decorators know nothing else. */
const OPTIONS = Symbol('options');

/** Valid when the field's one rule accepts the value; its canonical form is what the rule returns. */
export function Canonical(field: keyof Item | 'EventId'): PropertyDecorator {
  const rule: Rule<unknown> = field === 'EventId' ? eventIdRule : RULES[field];
  const ask = (value: unknown, dto: object) => rule(value, (dto as InvoiceItemDto)[OPTIONS]);
  const argsOf = (args: ValidationArguments | undefined) => args?.object ?? {};
  return (target, propertyName) => {
    registerDecorator({
      name: 'canonical',
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (value: unknown, args) => !(ask(value, argsOf(args)) instanceof Refusal),
        defaultMessage: (args) => {
          const verdict = ask(args?.value, argsOf(args));
          return verdict instanceof Refusal ? verdict.message : '';
        },
      },
    });
    Transform(({ value, obj }) => ask(value, obj as object), { toPlainOnly: true })(target, propertyName);
  };
}

/** What a character class can tell: control characters, and what else has no place on paper. */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';
const UNPRINTABLE = `${CONTROL}\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff`;

/** Text of 1 to `charsMax` characters between blanks that do not count, without the `excluded` ones. */
function trimmed(charsMax: number, excluded: string): string {
  const visible = `[^${excluded} \\u00a0]`;
  return `^[ \\u00a0]*${visible}(?:[^${excluded}]{0,${charsMax - 2}}${visible})?[ \\u00a0]*$`;
}

/** One invoice line as it is sent, in the data set's own field names: what the API documents, and why a line is refused. */
export class InvoiceItemDto {
  declare readonly [OPTIONS]: ItemOptions;

  @Canonical('InvoiceNo')
  @ApiProperty({
    description: 'A letter (C = cancellation, A = adjustment) or none, then 1 to 12 digits',
    oneOf: [
      { type: 'string', pattern: '^[CAca]?[0-9]{1,12}$' },
      { type: 'integer', minimum: 0, maximum: 999_999_999_999 },
    ],
    example: '536365',
  })
  readonly InvoiceNo: unknown;

  @Canonical('StockCode')
  @ApiProperty({
    description: '1 to 32 printable characters',
    type: 'string',
    pattern: trimmed(32, UNPRINTABLE),
    example: '85123A',
  })
  readonly StockCode: unknown;

  @Canonical('Description')
  @ApiPropertyOptional({
    description: 'Up to 256 characters without control characters; kept as it is',
    oneOf: [{ type: 'string', maxLength: 256, pattern: `^[^${CONTROL}]*$` }, { type: 'null' }],
    example: 'WHITE HANGING HEART T-LIGHT HOLDER',
  })
  readonly Description: unknown;

  @Canonical('Quantity')
  @ApiProperty({
    description: 'Whole number within a million either way, not 0; negative for returns',
    oneOf: [
      { type: 'integer', minimum: -1_000_000, maximum: 1_000_000, not: { enum: [0] } },
      { type: 'string', pattern: '^[+-]?0*(?:[1-9][0-9]{0,5}|1000000)(?:\\.0*)?$' },
    ],
    example: 6,
  })
  readonly Quantity: unknown;

  @Canonical('InvoiceDate')
  @ApiProperty({
    description: 'ISO 8601 (UTC when it names no zone), M/D/YYYY H:MM or MM-DD-YYYY HH:MM[:SS]; must exist',
    type: 'string',
    example: '12/1/2010 8:26',
  })
  readonly InvoiceDate: unknown;

  @Canonical('UnitPrice')
  @ApiProperty({
    description: 'Decimal with at most 4 decimals within a million either way',
    oneOf: [
      { type: 'number', minimum: -1_000_000, maximum: 1_000_000 },
      { type: 'string', pattern: '^[+-]?0*(?:[0-9]{1,6}(?:\\.[0-9]{1,4})?|1000000(?:\\.0{1,4})?)$' },
    ],
    example: 2.55,
  })
  readonly UnitPrice: unknown;

  @Canonical('CustomerID')
  @ApiPropertyOptional({
    description: 'Positive whole number; empty, null or absent for a guest',
    oneOf: [
      { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: '^(?:0*[1-9][0-9]{0,14}(?:\\.0*)?)?$' },
      { type: 'null' },
    ],
    example: 17850,
  })
  readonly CustomerID: unknown;

  @Canonical('Country')
  @ApiProperty({
    description: '1 to 64 characters',
    type: 'string',
    pattern: trimmed(64, CONTROL),
    example: 'United Kingdom',
  })
  readonly Country: unknown;

  @Canonical('EventId')
  @ApiPropertyOptional({
    description: "Names the event: the same id in the same invoice is stored once. Wins over a bulk request's key",
    oneOf: [{ type: 'string', pattern: '^[!-~]{1,256}$' }, { type: 'null' }],
    example: 'till-7:20101201:000113',
  })
  readonly EventId: unknown;

  /** Takes only the fields that an item has: nothing is written under a name that the sender chose. */
  constructor(sent: Partial<Record<keyof Item | 'EventId', unknown>>, options: ItemOptions) {
    Object.defineProperty(this, OPTIONS, { value: options, enumerable: false });
    for (const field of DTO_FIELDS) (this as Record<string, unknown>)[field] = sent[field];
  }
}

/**
 * The verdict of the DTO's decorators on one parsed JSON value, with the messages that clients see; the same as
 * `parseItem` gives, which a property-based test holds it to. Unknown fields are found here, not by class-validator's
 * whitelist: that looks names up in a plain object and so lets `constructor` and `__proto__` pass.
 */
export function readThroughDto(value: unknown, options: ItemOptions): ItemVerdict {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return noItem('must be a JSON object');
  }
  const dto = new InvoiceItemDto(value, options);
  const messages = new Map(
    validateSync(dto, { validationError: { target: false, value: false } }).map(
      ({ property, constraints }) => [property, Object.values(constraints ?? {})[0] ?? 'is not valid'] as const,
    ),
  );
  const errors: FieldError[] = [];
  for (const field of DTO_FIELDS) {
    const message = messages.get(field);
    if (message !== undefined) errors.push({ field, message });
  }
  errors.push(...unknownFields(value));
  if (errors.length > 0) return { ok: false, errors };
  const { EventId, ...item } = instanceToPlain(dto) as Item & { EventId: string | null };
  return { ok: true, item, eventId: EventId };
}

const DTO_FIELDS = [...ITEM_FIELDS, 'EventId'] as const;
