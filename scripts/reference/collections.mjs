import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { STORE_MODELS } from '../../dist/store/models.js';
import { root } from '../setup.mjs';
import { code, table } from './table.mjs';

/** Every collection: its fields with what the schema's source says of them, and its indexes. */
export function collectionsPage() {
  const documented = documentedClasses();
  const parts = STORE_MODELS.map(({ name, schema }) => {
    const { about, fields, parts: embedded } = documented.get(name);
    const indexes = schema.indexes().map(([keys, options]) => {
      const named = ['unique', 'sparse', 'expireAfterSeconds'].filter((option) => options[option] !== undefined);
      const extra = named.map((option) => `${option}: ${options[option]}`).join(', ');
      return `- ${code(JSON.stringify(keys))}${extra === '' ? '' : ` (${extra})`}`;
    });
    const list = [`- ${code('{"_id":1}')}`, ...indexes].join('\n');
    return `## ${schema.get('collection')}\n\n${about}\n\n${tableOf(fields)}\n${embedded.join('')}\nIndexes:\n\n${list}\n`;
  });
  return `# Collections

In the database \`docstreaming\` (\`DOCSTREAM_DATABASE\`). Dates are dates, numbers are numbers, money is Decimal128. Created
with their indexes at start where they do not exist.

${parts.join('\n')}`;
}

/** The comments and types of the classes that are schemas, by their names. */
function documentedClasses() {
  const folder = join(root, 'src', 'store');
  const classes = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.schema.ts'))) {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const embedded = source.statements.filter(ts.isInterfaceDeclaration);
    for (const statement of source.statements.filter(ts.isClassDeclaration)) {
      const fields = fieldsOf(statement);
      const about = commentOf(statement).replace(/^Collection `\w+`: /, '');
      const types = new Set([...fields.values()].map(({ type }) => type.replace(/\[\].*/, '')));
      const parts = embedded.filter(({ name }) => types.has(name.text)).map(embeddedTable);
      classes.set(statement.name.text, { about: about.charAt(0).toUpperCase() + about.slice(1), fields, parts });
    }
  }
  return classes;
}

/** Type and comment of each property of a class or an interface. */
function fieldsOf({ members }) {
  return new Map(
    members
      .filter((member) => ts.isPropertyDeclaration(member) || ts.isPropertySignature(member))
      .map((member) => {
        const optional = member.questionToken === undefined ? '' : ', may be absent';
        return [member.name.getText(), { type: member.type.getText() + optional, about: commentOf(member) }];
      }),
  );
}

function embeddedTable(declaration) {
  return `\n${code(declaration.name.text)}: ${commentOf(declaration)}\n\n${tableOf(fieldsOf(declaration))}\n`;
}

function tableOf(fields) {
  const rows = [...fields].map(([field, { type, about }]) => [code(field), code(type), about]);
  return table(['field', 'type', 'meaning'], rows);
}

function commentOf(node) {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? '').replace(/\s+/g, ' ').trim();
}
