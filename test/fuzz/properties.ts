import type { FuzzedPlace } from './fuzzedPlace.js';
import { type Effort, hold } from './hold.js';
import { oneWrongEach, shotsAt } from './shots.js';
import { wireBytes } from './wireShots.js';

/** A property of a place, with a name of its own. */
export interface Property {
  readonly name: string;
  hold(effort: Effort): Promise<void>;
}

/** What holds for every route of a place: the routes are those that it has. */
export const routeProperties = (place: FuzzedPlace): Property[] =>
  place.routes.map((route) => {
    const name = `${route.method} ${route.path}`;
    const shots = shotsAt(route, place.knowledge.of(route));
    return { name, hold: (effort) => hold(name, shots, (shot) => place.fire(shot), effort) };
  });

/** What holds for what is no request, or nearly one, to whatever place. */
export const wireProperty = (place: FuzzedPlace): Property => ({
  name: 'the wire',
  hold: (effort) => hold('the wire', wireBytes, (text) => place.fireBytes(text), effort),
});

/** What holds where one part of a path, one parameter or one field of a route is markup or leads away, each after the other. */
export const oneWrongProperty = (place: FuzzedPlace): Property => ({
  name: 'one wrong each',
  async hold() {
    for (const route of place.routes)
      for (const shot of oneWrongEach(route, place.knowledge.of(route))) await place.fire(shot);
  },
});
