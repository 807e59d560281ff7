import { describe, expect, it } from 'vitest';
import { listen } from '../command-tools.ts';

describe('output for people', () => {
  it('puts the answer on stdout and the narration on stderr', () => {
    const told = listen();
    told.output.print('answer');
    told.output.say('narration');
    told.output.log.info('more');
    told.output.object({ not: 'shown' });
    expect([told.stdout(), told.stderr()]).toEqual(['answer\n', 'narration\nmore\n']);
  });

  it('says only what went wrong where it is to be quiet', () => {
    const told = listen({ level: 'quiet', terminal: 80 });
    told.output.say('narration');
    told.output.log.info('more');
    told.output.progress('checked 1/2');
    told.output.log.warn('wrong');
    expect(told.stderr()).toBe('wrong\n');
  });

  it('shows escapes in narration and takes secrets out', () => {
    const told = listen({ redact: (text) => text.replace('hunter2', '***') });
    told.output.log.warn('password hunter2\u001b[2J');
    expect(told.stderr()).toBe('password ***\\e[2J\n');
  });

  it.each([
    [undefined, null],
    [120, 120],
    [5, 20],
    [0, 80],
  ])('on a terminal of %j columns is %j wide', (terminal, width) => {
    expect(listen(terminal === undefined ? {} : { terminal }).output.width).toBe(width);
  });
});

describe('output for programs', () => {
  it('is one object per line and nothing else', () => {
    const told = listen({ format: 'json' });
    told.output.object({ value: 'two\nlines\u001b[0m' });
    told.output.print('for people');
    told.output.object({ value: 2 });
    expect(told.objects()).toEqual([{ value: 'two\nlines\u001b[0m' }, { value: 2 }]);
    expect(told.stdout()).not.toContain('\u001b');
  });
});

describe('the progress line', () => {
  it('is out of the way before anything is written, and back after it', () => {
    const told = listen({ terminal: 80 });
    told.output.progress('checked 1/2');
    told.output.print('answer');
    told.output.progress(null);
    expect(told.stdout()).toBe('answer\n');
    expect(told.stderr()).toBe('checked 1/2\r\u001b[2K' + 'checked 1/2\r\u001b[2K');
  });

  it('is not there without a terminal', () => {
    const told = listen();
    told.output.progress('checked 1/2');
    expect(told.stderr()).toBe('');
  });

  it('fits the terminal, and shows no escape', () => {
    const told = listen({ terminal: 20 });
    told.output.progress('checked 1/2, \u001b[31mrunning for a long time');
    expect(told.stderr()).toBe('checked 1/2, \\e[31…');
  });
});
