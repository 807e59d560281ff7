// Every way to tell somebody, by the key that `on_event` names it with. A new transport is one line here.
import type { Notifier } from './notifier.ts';
import { command } from './notifiers/command.ts';
import { url } from './notifiers/url.ts';

export const NOTIFIERS = { command, url } as const satisfies Record<string, Notifier>;

export type NotifierKind = keyof typeof NOTIFIERS;
