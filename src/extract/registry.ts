// The kinds of extract steps. A new one is a file in sources/ or filters/, a line here, a test and an example.
//
// These files are light: what is heavy (cheerio, xpath, jq, jsonpath-plus) loads when a step runs. A command that needs
// no step does not import this file.
import { Failure } from '../core/failure.ts';
import { nearestWord } from '../core/nearest.ts';
import { css } from './filters/css.ts';
import { exclude } from './filters/exclude.ts';
import { feed } from './filters/feed.ts';
import { hash } from './filters/hash.ts';
import { header } from './filters/header.ts';
import { include } from './filters/include.ts';
import { jq } from './filters/jq.ts';
import { json } from './filters/json.ts';
import { regex } from './filters/regex.ts';
import { replace } from './filters/replace.ts';
import { semver } from './filters/semver.ts';
import { sort } from './filters/sort.ts';
import { status } from './filters/status.ts';
import { template } from './filters/template.ts';
import { text } from './filters/text.ts';
import { xpath } from './filters/xpath.ts';
import { certificate } from './sources/certificate.ts';
import { clock } from './sources/clock.ts';
import { crates } from './sources/crates.ts';
import { debian } from './sources/debian.ts';
import { dns } from './sources/dns.ts';
import { file } from './sources/file.ts';
import { git } from './sources/git.ts';
import { http } from './sources/http.ts';
import { image } from './sources/image.ts';
import { npm } from './sources/npm.ts';
import { pypi } from './sources/pypi.ts';
import { release } from './sources/release.ts';
import { result } from './sources/result.ts';
import { shell } from './sources/shell.ts';
import type { StepType } from './step.ts';

/** Every kind by the name that definitions use. Options are opaque here: only a step knows its own. */
export const stepTypes = {
  certificate,
  clock,
  crates,
  debian,
  dns,
  file,
  git,
  http,
  image,
  npm,
  pypi,
  release,
  result,
  shell,

  css,
  exclude,
  feed,
  hash,
  header,
  include,
  jq,
  json,
  regex,
  replace,
  semver,
  sort,
  status,
  template,
  text,
  xpath,
} satisfies Record<string, StepType<unknown>>;

/** The kind of that name. Throws a Failure (`definition`) that names the nearest one where there is none. */
export function stepType(kind: string): StepType<unknown> {
  const types: Readonly<Record<string, StepType<unknown>>> = stepTypes;
  const type = Object.hasOwn(types, kind) ? types[kind] : undefined;
  if (type === undefined) {
    const nearest = nearestWord(kind, Object.keys(types));
    throw new Failure('definition', 'there is no step of this kind', { kind, nearest });
  }
  return type as StepType<unknown>;
}
