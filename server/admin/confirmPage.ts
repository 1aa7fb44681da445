import type { NextStep } from '../kernel/errors.js';

/** A field that a form asks for besides its button. */
type ConfirmField =
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly options: readonly { readonly value: string; readonly label: string }[];
    }
  | { readonly kind: 'text'; readonly name: string; readonly label: string; readonly fault: string | null };

/** What `pages/admin/confirm` is rendered with: what is about to be done, to whom, and the form that does it. */
export interface ConfirmPage {
  /** The entry of the menu that it belongs to. */
  readonly current: 'users' | 'connections' | 'events' | 'clients';
  readonly heading: string;
  readonly facts: readonly { readonly label: string; readonly values: readonly string[] }[];
  readonly sentences: readonly string[];
  /** Null when there is nothing to do. */
  readonly form: {
    readonly postUrl: string;
    readonly label: string;
    readonly danger: boolean;
    readonly hidden?: Readonly<Record<string, string>>;
    readonly field?: ConfirmField;
    /** Whether the answer is a file, so that the page stays and may be asked again. */
    readonly downloads?: boolean;
  } | null;
  readonly sample: { readonly heading: string; readonly text: string } | null;
  readonly back: Pick<NextStep, 'label' | 'url'>;
}
