/** How a connection of a user stands, in the words of the app's states. */
export type Standing = 'active' | 'expired' | 'disconnected' | 'not_connected';

/** What Scalekit has of it. */
export type AtScalekit = string | undefined;

const standings: Readonly<Record<string, readonly string[]>> = {
  ACTIVE: ['active'],
  EXPIRED: ['expired'],
  DISCONNECTED: ['disconnected'],
  // With a flow of the app's, or of somebody else.
  PENDING_AUTH: ['pending', 'not_connected'],
  PENDING_VERIFICATION: ['needs_verification'],
};

/** The states that the app may show for a status of Scalekit's. */
export const shownFor = (status: AtScalekit): readonly string[] =>
  status === undefined ? ['not_connected'] : (standings[status] ?? []);

export const pairOf = (identifier: string, connection: string): string => `${identifier} ${connection}`;

/** What somebody was told last of a connection. */
interface Entry {
  /** Null while nobody can know: an action was begun, or came to no answer. */
  readonly standing: Standing | null;
  /** Grows with each change, so that one who waits sees that what they wait for is no longer so. */
  readonly version: number;
  readonly at: number;
}

/** What was acknowledged, so that it can be looked for. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #lost = new Set<string>();
  /** How many actions were acknowledged. */
  acknowledged = 0;
  /** The onboardings of which a browser was told that they are complete. */
  readonly onboardings = new Set<string>();

  /** @param say is told of what is lost as soon as it is */
  constructor(private readonly say: (text: string) => void = () => undefined) {}

  /** What was acknowledged and is not there. */
  get lost(): readonly string[] {
    return [...this.#lost];
  }

  lose(what: string): void {
    if (!this.#lost.has(what)) this.say(`lost: ${what}`);
    this.#lost.add(what);
  }

  /** An action is begun: until it is acknowledged nobody can know how the connection stands. */
  begin(pair: string): void {
    this.#set(pair, null);
  }

  /** An action was acknowledged, by which the connection stands so. @returns its version */
  acknowledge(pair: string, standing: Standing): number {
    this.acknowledged += 1;
    return this.#set(pair, standing);
  }

  completeOnboarding(id: string): void {
    this.acknowledged += 1;
    this.onboardings.add(id);
  }

  #set(pair: string, standing: Standing | null): number {
    const version = this.versionOf(pair) + 1;
    this.#entries.set(pair, { standing, version, at: performance.now() });
    return version;
  }

  versionOf(pair: string): number {
    return this.#entries.get(pair)?.version ?? 0;
  }

  /** How it stands; not connected where nobody ever did anything, and null where nobody can know. */
  standingOf(pair: string): Standing | null {
    const entry = this.#entries.get(pair);
    return entry === undefined ? 'not_connected' : entry.standing;
  }

  /** Since when it stands so, in milliseconds of `performance.now()`. */
  since(pair: string): number {
    return this.#entries.get(pair)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** Says what of the acknowledged is not so at Scalekit. @param where when it was looked at */
  compare(pair: string, status: AtScalekit, where: string): string[] {
    const standing = this.standingOf(pair);
    if (standing === null || shownFor(status).includes(standing)) return [];
    return [`${pair} was acknowledged as ${standing}, and is ${status ?? 'not there'} ${where}`];
  }

  get pairs(): string[] {
    return [...this.#entries.keys()];
  }
}

/** A webhook of Scalekit's that was answered with 2xx, and an event that the app has recorded. */
export interface RecordedEvent {
  readonly id: string;
  readonly outcome: string | null;
}

/** Which of the events that were accepted were not worked on. @param accepted their ids */
export function unprocessed(accepted: Iterable<string>, recorded: readonly RecordedEvent[]): string[] {
  const outcomes = new Map(recorded.map(({ id, outcome }) => [id, outcome]));
  return [...accepted].flatMap((id) => {
    if (!outcomes.has(id)) return [`the event ${id} was accepted and is not recorded`];
    const outcome = outcomes.get(id) ?? null;
    return outcome === 'done' || outcome === 'ignored'
      ? []
      : [`the event ${id} was accepted and is ${outcome ?? 'not worked on'}`];
  });
}

/** What another app was told, or is to be. */
export interface Told {
  readonly id: string;
  readonly type: string;
  /** Whom and what it is about. */
  readonly about: string;
  readonly sequence: number;
}

const toldFor: Readonly<Record<Standing, string>> = {
  active: 'connection.active',
  expired: 'connection.needs_user',
  disconnected: 'connection.disconnected',
  not_connected: 'connection.disconnected',
};

/**
 * Which of the webhooks to another app did not come, came for the first time after a later one of the same user and
 * connection, or came though nothing was to be told.
 * @param written as the app has them, that they were delivered or not
 * @param received in the order in which they were taken, as often as they came
 */
export function undelivered(written: readonly Told[], received: readonly Told[]): string[] {
  const came = new Set(received.map(({ id }) => id));
  const known = new Set(written.map(({ id }) => id));
  const missing = written.filter(({ id }) => !came.has(id)).map(({ id, type }) => `${type} ${id} never came`);
  const strange = [...came]
    .filter((id) => !known.has(id))
    .map((id) => `${id} came and was never written down`);
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  const late = received.flatMap(({ id, type, about, sequence }) => {
    if (seen.has(id)) return [];
    seen.add(id);
    const before = newest.get(about) ?? Number.NEGATIVE_INFINITY;
    newest.set(about, Math.max(before, sequence));
    return sequence < before ? [`${type} ${id} of ${about} came after a later one`] : [];
  });
  return [...missing, ...strange, ...late];
}

/** Whether the last that another app took of a connection says how it stands. */
export function lastToldWrong(pair: string, standing: Standing, received: readonly Told[]): string[] {
  const ofPair = received.filter(({ about }) => about === pair);
  const last = ofPair.reduce<Told | null>(
    (newest, told) => (newest === null || told.sequence > newest.sequence ? told : newest),
    null,
  );
  const isWrong = last === null ? standing === 'active' : last.type !== toldFor[standing];
  return isWrong ? [`${pair} is ${standing}, and the last that was told is ${last?.type ?? 'nothing'}`] : [];
}
