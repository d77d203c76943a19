import Handlebars from 'handlebars';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runInThisContext } from 'node:vm';

const PARTIALS = 'partials';
const LAYOUT = 'layouts/main';

type Template = Handlebars.TemplateDelegate<object>;

/**
 * The templates of a folder: pages, `layouts/main.hbs` around each, and `partials`, which all of them may use by name. Each is
 * compiled once, when it is first used or before.
 */
export class Templates {
  private readonly compiled = new Map<string, Template>();

  constructor(
    private readonly handlebars: typeof Handlebars,
    private readonly folder: string,
  ) {
    for (const name of this.namesIn(PARTIALS)) {
      handlebars.registerPartial(name, (model: object, options) => this.get(`${PARTIALS}/${name}`)(model, options));
    }
  }

  /** The whole page as HTML. */
  page(name: string, model: object): string {
    return this.get(LAYOUT)({ ...model, body: this.get(name)(model) });
  }

  /** A partial by itself. */
  part(name: string, model: object): string {
    return this.get(`${PARTIALS}/${name}`)(model);
  }

  /** Every template there is, by the name that `compile` takes. */
  get names(): string[] {
    return [...this.namesIn('.'), LAYOUT, ...this.namesIn(PARTIALS).map((name) => `${PARTIALS}/${name}`)];
  }

  /** So that whoever asks for it first does not wait for that, which takes up to 30 ms for a page and its partials. */
  compile(name: string): void {
    this.get(name);
  }

  private get(name: string): Template {
    let template = this.compiled.get(name);
    if (template === undefined) this.compiled.set(name, (template = this.read(name)));
    return template;
  }

  private read(name: string): Template {
    const text = readFileSync(join(this.folder, `${name}.hbs`), 'utf8');
    // Handlebars' `compile` would do the same when the template is first rendered.
    const specification = runInThisContext(`(${String(this.handlebars.precompile(text))})`, {
      filename: `${name}.hbs`,
    });
    return this.handlebars.template<object>(specification as TemplateSpecification);
  }

  private namesIn(folder: string): string[] {
    const files = readdirSync(join(this.folder, folder)).filter((file) => file.endsWith('.hbs'));
    return files.map((file) => basename(file, '.hbs'));
  }
}
