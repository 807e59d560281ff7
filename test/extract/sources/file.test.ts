import { Failure } from '../../../src/core/failure.ts';
import { describeStep, documentOf } from '../../contract/step.ts';

const files: Readonly<Record<string, string>> = { 'version.txt': '1.2.3\n', 'large.bin': 'x'.repeat(2000) };

describeStep('file', {
  context: () => ({
    async readFile(path, maxSize) {
      const text = files[path];
      if (text === undefined) throw new Failure('not-found', 'there is no such file', { path });
      if (text.length > maxSize) throw new Failure('too-large', 'the file is too large', { path, limit: maxSize });
      return new TextEncoder().encode(text);
    },
  }),
  examples: [
    { name: 'the bytes of the file', written: { file: 'version.txt' }, output: documentOf('1.2.3\n') },
    {
      name: 'a file within its limit',
      written: { file: 'large.bin', max_size: '2KB' },
      output: documentOf('x'.repeat(2000)),
    },
  ],
  refused: [
    { name: 'a path with NUL', written: { file: 'a\0b' }, message: /not a path/ },
    { name: 'a size that is none', written: { file: 'a', max_size: 'big' }, message: /not a size/ },
  ],
  failures: [
    { name: 'a file that is missing', written: { file: 'gone' }, reason: 'not-found' },
    { name: 'a file beyond the limit', written: { file: 'large.bin', max_size: 1999 }, reason: 'too-large' },
  ],
});
