import type { Compilable } from 'kysely';
import type { Db } from './schema.js';

/**
 * A query that is put into SQL once, for what is asked on every poll or event: that takes Kysely longer than the database takes to answer.
 * @param build makes the query from stand-ins for its arguments
 * @returns asks with arguments in place of those
 */
export function prepared<Arguments extends readonly string[], Row>(
  db: Db,
  argumentCount: Arguments['length'],
  build: (...standIns: Arguments) => Compilable<Row>,
): (...given: Arguments) => Promise<readonly Row[]> {
  const standIns = Array.from({ length: argumentCount }, (_, at) => `stand-in ${at}`);
  const compiled = build(...(standIns as unknown as Arguments)).compile();
  const placeOf = (parameter: unknown) => standIns.indexOf(parameter as string);
  return async (...given) => {
    const parameters = compiled.parameters.map((fixed) =>
      placeOf(fixed) === -1 ? fixed : given[placeOf(fixed)],
    );
    return (await db.executeQuery<Row>({ ...compiled, parameters })).rows;
  };
}
