#!/usr/bin/env node
// Stands in for snapd's snapctl: keeps the options of one snap and its service in a JSON file, records every call, and is
// as strict as snapd about who asks for what. Options are kept as the JSON texts that they were set as.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const { SNAPCTL_STATE: file = '', SNAP_COOKIE: cookie } = process.env;
const [command = '', ...args] = process.argv.slice(2);
appendFileSync(`${file}.calls`, `${[command, ...args].join(' ')}\n`);

if (cookie === undefined) fail(`cannot invoke snapctl operation commands (here "${command}") from outside of a snap`);
const uid = process.getuid?.() ?? 0;
if (uid !== 0 && command !== 'services') fail(`cannot use "${command}" with uid ${uid}, try with sudo`);

const state = JSON.parse(readFileSync(file, 'utf8'));
const flags = args.filter((word) => word.startsWith('-'));
const words = args.filter((word) => !word.startsWith('-'));

switch (command) {
  case 'get':
    if (words.length === 0) fail('get which option?');
    print(get());
    break;
  case 'set':
    for (const word of words) {
      const [, key = '', value = ''] =
        /^([^=]+)=(.*)$/s.exec(word) ?? fail(`invalid parameter: "${word}" (want key=value)`);
      state.options[key] = flags.includes('-s') ? JSON.stringify(value) : asJson(value);
    }
    save();
    break;
  case 'services':
    print('Service            Startup   Current   Notes');
    for (const [name, { enabled, active }] of Object.entries(state.services))
      print(`${name}  ${enabled ? 'enabled ' : 'disabled'}  ${active ? 'active  ' : 'inactive'}  -`);
    break;
  case 'start':
  case 'stop':
  case 'restart': {
    const service = state.services[words[0] ?? ''] ?? fail(`unknown service: "${words[0]}"`);
    if (command === 'start')
      Object.assign(service, { active: true, enabled: service.enabled || flags.includes('--enable') });
    if (command === 'stop')
      Object.assign(service, { active: false, enabled: service.enabled && !flags.includes('--disable') });
    save();
    break;
  }
  case 'set-health': {
    const [status, message] = words;
    if (status === 'okay' ? message !== undefined : message === undefined)
      fail('a message goes with every status but okay');
    if (message !== undefined && (message.length < 7 || message.length > 70)) fail('a message has 7 to 70 characters');
    state.health = { status, message: message ?? null };
    save();
    break;
  }
  default:
    fail(`unknown command "${command}"`);
}

function get() {
  if (!flags.includes('-d')) {
    const text = state.options[words[0]] ?? 'null';
    if (flags.includes('-t')) return text;
    const value = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  }
  const set = words.filter((key) => state.options[key] !== undefined);
  return `{${set.map((key) => `${JSON.stringify(key)}: ${state.options[key]}`).join(',\n')}}`;
}

function asJson(text) {
  try {
    JSON.parse(text);
    return text;
  } catch {
    // what is no JSON is a text
    return JSON.stringify(text);
  }
}

function save() {
  writeFileSync(file, JSON.stringify(state));
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function fail(message) {
  process.stderr.write(`error: error running snapctl: ${message}\n`);
  process.exit(1);
}
