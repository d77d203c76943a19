import { parse } from 'acorn';
import { simple } from 'acorn-walk';

/**
 * Takes what esbuild's `keepNames` adds away from functions and leaves it to classes. A class gets its name once; a
 * function that another one makes would get its own each time, by `Object.defineProperty`, which costs more than most of
 * them do. It has the name of the variable that it is given to all the same. Nothing moves: a source map stays right.
 */
export function nameClassesOnly(program) {
  const blanks = [];
  simple(parse(program, { ecmaVersion: 'latest', sourceType: 'module' }), {
    CallExpression({ callee, arguments: [target, name] }) {
      if (callee.type !== 'Identifier' || callee.name !== '__name' || target.type === 'ThisExpression') return;
      // The function may stand in parentheses of its own.
      blanks.push([callee.start, callee.end], [program.lastIndexOf(',', name.start), name.end]);
    },
  });
  const parts = [];
  let at = 0;
  for (const [start, end] of blanks.sort(([one], [other]) => one - other)) {
    parts.push(program.slice(at, start), ' '.repeat(end - start));
    at = end;
  }
  return parts.join('') + program.slice(at);
}
