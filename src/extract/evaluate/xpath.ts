// Evaluates XPath 1.0 over HTML and XML, in the evaluation thread. HTML is read as browsers read it and copied into the
// small tree that the XPath package can walk; entities that a document defines itself are never expanded.
import { DOMImplementation, type Document as XmlDocument, type Node as XmlNode } from '@xmldom/xmldom';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { type SelectReturnType, useNamespaces } from 'xpath';
import { Failure } from '../../core/failure.ts';
import type { EvaluationTask } from '../step.ts';
import { beginningOf } from '../text-of.ts';
import { readXml, tooDeep } from './xml.ts';

/** The texts of the nodes that match, in document order, or the text of what the expression computes; trimmed. */
export function evaluateXPath({ expression, text, options }: EvaluationTask): readonly string[] {
  const namespaces = (options?.namespaces ?? {}) as Record<string, string>;
  const document = options?.markup === 'xml' ? readXml(text) : readHtml(text);
  let result: SelectReturnType;
  try {
    // The two packages describe the same nodes with types of their own.
    result = useNamespaces(namespaces)(expression, document as unknown as Node);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(cause);
    const error = beginningOf(cause instanceof Error ? cause.message : String(cause), 200);
    throw new Failure('definition', 'the XPath cannot be read', { xpath: expression, error }, { cause });
  }
  if (Array.isArray(result)) return result.map((node) => (node.textContent ?? node.nodeValue ?? '').trim());
  if (result === null || (typeof result === 'number' && Number.isNaN(result))) return [];
  return [String(result).trim()];
}

/** Copies without recursion: pages may nest deeper than a stack. */
function readHtml(text: string): XmlDocument {
  const document = new DOMImplementation().createDocument(null, '');
  const open: { readonly from: DefaultTreeAdapterTypes.ParentNode; readonly to: XmlNode }[] = [
    { from: parse(text), to: document },
  ];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    for (const child of pair.from.childNodes) {
      if ('value' in child) pair.to.appendChild(document.createTextNode(child.value));
      else if ('tagName' in child) {
        const element = document.createElement(child.tagName);
        for (const { name, value } of child.attrs) element.setAttribute(name, value);
        pair.to.appendChild(element);
        open.push({ from: child, to: element });
      }
    }
  }
  return document;
}
