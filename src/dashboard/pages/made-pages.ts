interface Made {
  earlier: object | null;
  mark: string;
  html: string;
}

/**
 * The last page that was made of each reading, for as long as the reading is kept: what many look at is made once for each
 * change of the figures.
 */
export class MadePages {
  private readonly pages = new WeakMap<object, Made>();

  /**
   * The page that was made of this reading, the earlier one that it is compared with, and this mark, or a new one. A page
   * holds nothing that depends on anything else, such as on who looks at it.
   */
  of(reading: object, earlier: object | null, mark: string, make: () => string): string {
    const made = this.pages.get(reading);
    if (made?.mark === mark && made.earlier === earlier) return made.html;
    const html = make();
    this.pages.set(reading, { earlier, mark, html });
    return html;
  }
}
