// The filter expressions of JSONPath, `[?(@.name == 'beta' && @.size > 3)]`: parsed by jsep, allowed sign by sign, and
// evaluated here over own members of plain data. Nothing is called, nothing inherited is seen, nothing is assigned.
import jsep from 'jsep';
import { Failure } from '../../core/failure.ts';
import { compilePattern } from '../../system/pattern.ts';
import { ExactNumber } from '../json-text.ts';

/** What a filter looks at: `@`, `$` and `@property` (the member's name, or its position in a list). */
export interface FilterScope {
  readonly current: unknown;
  readonly root: unknown;
  readonly property: unknown;
}

/** True where the member is to be kept: a value that is not false, null, 0, empty or missing. */
export type JsonFilter = (scope: FilterScope) => boolean;

type Evaluate = (scope: FilterScope) => unknown;

jsep.addIdentifierChar('@');
jsep.addBinaryOp('=~', jsep.binary_ops['==='] ?? 6);

const COMPARISONS: Readonly<Record<string, (left: Primitive, right: Primitive) => boolean>> = {
  // biome-ignore lint/suspicious/noDoubleEquals: '5' and 5 are equal in JSONPath's usual dialect
  '==': (left, right) => left == right,
  '===': (left, right) => left === right,
  // biome-ignore lint/suspicious/noDoubleEquals: the opposite of ==
  '!=': (left, right) => left != right,
  '!==': (left, right) => left !== right,
  '<': (left, right) => left != null && right != null && left < right,
  '<=': (left, right) => left != null && right != null && left <= right,
  '>': (left, right) => left != null && right != null && left > right,
  '>=': (left, right) => left != null && right != null && left >= right,
};

type Primitive = string | number | boolean | null | undefined;

/** Reads what stands after the `?`, with or without parentheses. Throws a Failure (`definition`) for anything else. */
export function parseFilter(source: string): JsonFilter {
  let tree: jsep.Expression;
  try {
    tree = jsep(source);
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('definition', 'the JSONPath filter cannot be read', { filter: source, error }, { cause });
  }
  const evaluate = compile(tree as jsep.CoreExpression, source);
  return (scope) => Boolean(plain(evaluate(scope)));
}

function compile(node: jsep.CoreExpression, source: string): Evaluate {
  const inner = (expression: jsep.Expression) => compile(expression as jsep.CoreExpression, source);
  switch (node.type) {
    case 'Literal': {
      const { value } = node;
      return () => value;
    }
    case 'Identifier':
      return identifier(node.name, source);
    case 'MemberExpression': {
      const object = inner(node.object);
      const property = node.computed ? inner(node.property) : () => (node.property as jsep.Identifier).name;
      return (scope) => member(object(scope), property(scope));
    }
    case 'UnaryExpression': {
      const argument = inner(node.argument);
      if (node.operator === '!') return (scope) => !plain(argument(scope));
      if (node.operator === '-') return (scope) => -Number(primitive(argument(scope)));
      throw refusal(`the operator ${node.operator} is not known in filters`, source);
    }
    case 'BinaryExpression':
      return binary(node, inner, source);
    case 'CallExpression':
      throw refusal('filters call no functions: compare members with == != < <= > >= =~, join with && || !', source);
    default:
      throw refusal('filters hold members of @, texts, numbers, comparisons, && || ! and parentheses only', source);
  }
}

function identifier(name: string, source: string): Evaluate {
  if (name === '@') return ({ current }) => current;
  if (name === '$' || name === '@root') return ({ root }) => root;
  if (name === '@property') return ({ property }) => property;
  throw refusal(`${name} is not known in filters: write @.${name.replace(/^[@$]/, '')} or quote it`, source);
}

function binary(
  node: jsep.BinaryExpression,
  inner: (expression: jsep.Expression) => Evaluate,
  source: string,
): Evaluate {
  const { operator } = node;
  const left = inner(node.left);
  if (operator === '=~') return matches(left, node.right, source);
  const right = inner(node.right);
  if (operator === '&&') return (scope) => plain(left(scope)) && plain(right(scope));
  if (operator === '||') return (scope) => plain(left(scope)) || plain(right(scope));
  const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (compare === undefined) throw refusal(`the operator ${operator} is not known in filters`, source);
  const isNegative = operator.startsWith('!');
  return (scope) => {
    const [one, other] = [plain(left(scope)), plain(right(scope))];
    // Lists and objects are equal to themselves only: comparing their texts would be a guess.
    if (isObject(one) || isObject(other)) return operator.includes('=') && (one === other) !== isNegative;
    return compare(one as Primitive, other as Primitive);
  };
}

function matches(left: Evaluate, right: jsep.Expression, source: string): Evaluate {
  if (right.type !== 'Literal' || typeof right.value !== 'string')
    throw refusal('=~ needs a pattern in quotes at its right', source);
  const pattern = compilePattern(right.value);
  return (scope) => {
    const value = left(scope);
    return typeof value === 'string' && pattern.test(value);
  };
}

/** An own member of a list, an object or (its length only) a text; undefined where there is none. */
function member(object: unknown, name: unknown): unknown {
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  if (typeof object === 'string') return name === 'length' ? object.length : undefined;
  if (!isObject(object) || !Object.hasOwn(object, name)) return undefined;
  return (object as Readonly<Record<string, unknown>>)[name];
}

/** Numbers that are kept as written compare as numbers. */
function plain(value: unknown): unknown {
  return value instanceof ExactNumber ? Number(value.text) : value;
}

function primitive(value: unknown): Primitive {
  const known = plain(value);
  return isObject(known) ? undefined : (known as Primitive);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function refusal(message: string, filter: string): Failure {
  return new Failure('definition', message, { filter });
}
