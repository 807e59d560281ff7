// Annotations of a job of GitHub Actions: workflow commands, lines that its runner takes out of what a step prints
// (docs.github.com, "Workflow commands for GitHub Actions").

export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** The line of an annotation. Nothing in its texts is taken for another command. */
export function annotationLine({ kind, title, message }: Annotation): string {
  return `::${kind} title=${encoded(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${encoded(message)}`;
}

function encoded(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
