import type { RegisteredRoute } from '../support/appRoutes.js';
import { faultsOf, type Marks, type Rules } from './checks.js';
import { exchange, type WireAnswer } from './exchange.js';
import type { Knowledge } from './known.js';
import { anyStand, type Person, type Shot } from './shots.js';
import { mark, markInPath } from './values.js';
import { type Credentials, type WireRequest, written } from './wire.js';

/** Whoever asks, as they stand at the moment. */
export interface Player extends Credentials {
  /** What is theirs alone, by what stands for it in a request. */
  readonly own: Readonly<Partial<Record<string, string>>>;
}

/** Somebody who has nothing. */
export const stranger: Player = { cookies: '', authorization: null, headers: [], own: {} };

/** What is asked, and who asks. */
export interface PlaceOptions {
  /** Where it listens. */
  readonly origin: string;
  readonly routes: readonly RegisteredRoute[];
  readonly knowledge: Knowledge;
  readonly rules: Rules;
  /** Makes somebody who may do what people of their kind may. */
  join(person: Person): Promise<Player>;
  /** Whether somebody is no longer who they were, by an answer to them. */
  isOver(person: Person, answer: WireAnswer): boolean;
  /** The lines of its log since they were last taken. */
  takeLog(): string[];
  /** Mends what requests may rightly have done to the place. */
  tidy?(): void;
  close(): Promise<void>;
}

/** Something that answers HTTP, and is sent what nobody should send. */
export class FuzzedPlace {
  /** Where answers showed something of their own requests, however it was escaped. */
  readonly echoes = new Map<string, string>();
  /** How often each status came; 0 is no answer to a client that left. */
  readonly statuses = new Map<number, number>();
  private readonly players = new Map<Person, Player>();
  private readonly host: string;
  private readonly port: number;
  private shots = 0;

  constructor(private readonly options: PlaceOptions) {
    const { host, port } = new URL(options.origin);
    this.host = host;
    this.port = Number(port);
  }

  get routes(): readonly RegisteredRoute[] {
    return this.options.routes;
  }

  get knowledge(): Knowledge {
    return this.options.knowledge;
  }

  close(): Promise<void> {
    return this.options.close();
  }

  /** Forgets who is there, and what the log has had. */
  forget(): void {
    this.players.clear();
    this.options.takeLog();
  }

  private async playerOf(person: Person): Promise<Player> {
    const known = this.players.get(person);
    if (known !== undefined) return known;
    const player = await this.options.join(person);
    this.players.set(person, player);
    return player;
  }

  private marks(): Marks {
    this.shots += 1;
    const number = this.shots.toString(36).padStart(6, '0');
    return { inWords: `zq${number}`, inPath: `pq${number}` };
  }

  /**
   * Sends a request, and looks at what comes of it.
   * @throws Error that names all that is wrong with the answer, or with what was logged
   */
  async fire(shot: Shot): Promise<void> {
    const player = await this.playerOf(shot.who);
    const marks = this.marks();
    const filled = (text: string) =>
      text
        .replaceAll(mark, marks.inWords)
        .replaceAll(markInPath, marks.inPath)
        .replace(anyStand, (stand) => encodeURIComponent(player.own[stand] ?? 'x'));
    const { target, cookies, headers, body } = shot;
    const sent: Shot = {
      ...shot,
      target: filled(target),
      cookies: cookies === null ? null : [filled(cookies[0]), filled(cookies[1])],
      headers: headers.map(([name, value]) => [name, filled(value)]),
      body: body === null ? null : { ...body, type: body.type && filled(body.type), text: filled(body.text) },
    };
    const request = written(sent, player, this.host);
    const answer = await this.send(request, { path: sent.target, method: sent.method }, marks);
    const lasts = ['nobody', 'wrong key'].includes(shot.who) || shot.cookies !== null;
    if (answer !== null && !lasts && this.options.isOver(shot.who, answer)) this.players.delete(shot.who);
  }

  /** Sends bytes that are perhaps no request, and leaves. @throws as `fire` */
  async fireBytes(text: string): Promise<void> {
    const marks = this.marks();
    const filled = text
      .replaceAll(mark, marks.inWords)
      .replaceAll(markInPath, marks.inPath)
      .replaceAll('HOST', this.host);
    const [method = '', path = ''] = filled.split(/[ \r\n]/);
    await this.send({ bytes: Buffer.from(filled, 'latin1'), cut: true }, { path, method }, marks);
  }

  /** Sends bytes, and looks at what comes of it. @throws as `fire` */
  private async send(
    request: WireRequest,
    asked: { readonly path: string; readonly method: string },
    marks: Marks,
  ): Promise<WireAnswer | null> {
    const answer = await exchange(this.port, request.bytes, request);
    this.options.tidy?.();
    const status = answer?.status ?? 0;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const { origin, rules } = this.options;
    const faults = this.faultsInLog(marks.inWords, rules.mayBlame(asked.path));
    if (answer !== null) faults.push(...faultsOf(answer, { ...asked, origin }, marks, rules));
    else if (!request.cut && !rules.mayHangUp(asked.method)) faults.push('there was no answer');
    if (answer !== null) this.note(asked, answer, marks);
    if (faults.length === 0) return answer;
    const began = request.bytes.toString('latin1').slice(0, 1500);
    throw new Error(`${faults.join('; ')}\nThe request began with:\n${began}`);
  }

  /** Writes down that an answer shows what was asked. The body of a redirect repeats its address, and nobody sees it. */
  private note({ method, path }: { method: string; path: string }, answer: WireAnswer, marks: Marks): void {
    const { status, body } = answer;
    const at = Math.max(body.indexOf(marks.inWords), body.indexOf(marks.inPath));
    if (at < 0 || (status >= 300 && status < 400)) return;
    const route = `${method} ${this.knowledge.routeOf(method, path) ?? `${path.split(/[/?]/).slice(0, 3).join('/')}/…`}`;
    if (!this.echoes.has(route)) this.echoes.set(route, body.slice(Math.max(0, at - 80), at + 80));
  }

  private faultsInLog(inWords: string, mayBlame: boolean): string[] {
    return this.options.takeLog().flatMap((line) => {
      const { level, code } = JSON.parse(line) as { level: number; code?: string };
      if (level >= 50 && !(mayBlame && code?.startsWith('sign_in_')))
        return [`an error was logged: ${line.slice(0, 1500)}`];
      // What a provider said is logged, and never shown.
      if (line.includes('"consent came back with an error"')) return [];
      return line.includes(inWords) ? [`the log has what was sent: ${line.slice(0, 500)}`] : [];
    });
  }
}
