// The expressions of GitHub Actions as far as our workflows use them: contexts, texts, `==`, `&&`, `||`.
import jsep from 'jsep';

export type Contexts = Readonly<Record<string, unknown>>;

/** The text with every `${{ … }}` replaced by what it stands for. */
export function expand(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.+?)\}\}/gs, (_, expression: string) => shown(evaluate(jsep(expression), contexts)));
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function evaluate(node: jsep.Expression, contexts: Contexts): unknown {
  switch (node.type) {
    case 'Literal':
      return (node as jsep.Literal).value;
    case 'Identifier':
      return contexts[(node as jsep.Identifier).name];
    case 'MemberExpression': {
      const { object, property } = node as jsep.MemberExpression;
      const whole = evaluate(object, contexts) as Contexts | undefined;
      // what is not there is empty, as in GitHub's
      return whole?.[(property as jsep.Identifier).name];
    }
    case 'BinaryExpression': {
      const { operator, left, right } = node as jsep.BinaryExpression;
      const [one, other] = [() => evaluate(left, contexts), () => evaluate(right, contexts)];
      if (operator === '==') return shown(one()) === shown(other());
      if (operator === '&&') return one() && other();
      if (operator === '||') return one() || other();
      throw new Error(`an operator that our workflows did not use so far: ${operator}`);
    }
    default:
      throw new Error(`an expression that our workflows did not use so far: ${node.type}`);
  }
}
