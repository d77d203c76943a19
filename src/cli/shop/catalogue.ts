import { pick, type Random, randomFrom } from './random.js';

export interface Product {
  stockCode: string;
  description: string;
  /** With two decimals. */
  unitPrice: number;
}

export interface Customer {
  customerId: number;
  country: string;
}

export const PRODUCTS_COUNT = 4_000;
export const CUSTOMERS_COUNT = 4_300;

/** The products of the shop, the most popular first; the same ones for every seed. */
export function products(): readonly Product[] {
  const random = randomFrom(85_123);
  const found: Product[] = [];
  for (let rank = 0; rank < PRODUCTS_COUNT; rank++) {
    const letter = random() < 0.25 ? pick(random, ['A', 'B', 'C', 'D', 'G', 'S']) : '';
    found.push({
      stockCode: `${20_000 + rank * 17 + Math.floor(random() * 17)}${letter}`,
      description: nameOf(random),
      unitPrice: pick(random, PRICES),
    });
  }
  return [...EXTRAS, ...found].slice(0, PRODUCTS_COUNT);
}

/** The customers, the most frequent first; nine in ten live in the United Kingdom. */
export function customers(): readonly Customer[] {
  const random = randomFrom(17_850);
  return Array.from({ length: CUSTOMERS_COUNT }, (_, rank) => ({
    customerId: 12_346 + rank,
    country: random() < 0.9 ? 'United Kingdom' : pick(random, COUNTRIES),
  }));
}

/** What the data set has besides goods. */
const EXTRAS: Product[] = [
  { stockCode: '85123A', description: 'WHITE HANGING HEART T-LIGHT HOLDER', unitPrice: 2.55 },
  { stockCode: '22423', description: 'REGENCY CAKESTAND 3 TIER', unitPrice: 12.75 },
  { stockCode: 'POST', description: 'POSTAGE', unitPrice: 18 },
];

const PRICES = [
  0.19, 0.29, 0.42, 0.42, 0.55, 0.65, 0.85, 0.85, 1.25, 1.25, 1.25, 1.45, 1.65, 1.65, 1.95, 2.08, 2.1, 2.55, 2.95, 2.95,
  3.25, 3.75, 4.15, 4.25, 4.95, 4.95, 5.95, 6.75, 7.95, 8.5, 9.95, 12.75, 14.95, 16.95, 29.95, 49.95,
] as const;

const COUNTRIES = [
  'Germany',
  'Germany',
  'France',
  'France',
  'EIRE',
  'EIRE',
  'Spain',
  'Netherlands',
  'Belgium',
  'Switzerland',
  'Portugal',
  'Australia',
  'Norway',
  'Italy',
  'Channel Islands',
  'Finland',
  'Cyprus',
  'Sweden',
  'Austria',
  'Denmark',
  'Japan',
  'Poland',
  'USA',
  'Israel',
  'Singapore',
  'Iceland',
  'Canada',
  'Greece',
  'Malta',
  'European Community',
  'Unspecified',
] as const;

const STYLES = [
  'VINTAGE',
  'RETROSPOT',
  'FRENCH',
  'SKULL',
  'ENGLISH ROSE',
  'UNION JACK',
  'SCANDINAVIAN',
  "POPPY'S",
  'JUMBO',
  'MINI',
] as const;
const COLOURS = ['RED', 'PINK', 'BLUE', 'IVORY', 'CREAM', 'GREEN', 'WHITE', 'BLACK', 'SILVER', 'ANTIQUE GOLD'] as const;
const MATERIALS = [
  'METAL',
  'WOODEN',
  'GLASS',
  'CERAMIC',
  'PAPER',
  'KNITTED',
  'ZINC',
  'FELT',
  'WICKER',
  'ENAMEL',
] as const;
const THINGS = [
  'LUNCH BAG',
  'CAKE TIN',
  'DOORMAT',
  'BIRD ORNAMENT',
  'PHOTO FRAME',
  'CANDLE HOLDER',
  'TEA TOWEL',
  'HOT WATER BOTTLE',
  'LANTERN',
  'COAT HANGER',
  'ALARM CLOCK',
  'STORAGE JAR',
  'GIFT WRAP',
  'BUNTING',
  'PARASOL',
  'CAFÉ SIGN',
  'MUG',
  'HEART WREATH',
  'TRINKET BOX',
  'PLAYING CARDS',
  'NAPKINS',
  'JAM JAR',
  'DOLLY GIRL BEAKER',
  'GARDEN KNEELER',
  'MEASURING SPOONS',
  'WALL ART',
  'TOY BOX',
  'RIBBONS',
] as const;
const SIZES = ['', '', '', '', ' SMALL', ' LARGE', ' SET OF 6', ' 12"', ', BOXED', ' S/3', ' & LID'] as const;

function nameOf(random: Random): string {
  const first = random() < 0.5 ? pick(random, STYLES) : pick(random, COLOURS);
  return `${first} ${pick(random, MATERIALS)} ${pick(random, THINGS)}${pick(random, SIZES)}`;
}
