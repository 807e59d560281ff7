// Which sparse index cargo takes crates from.
import { describe, expect, it } from 'vitest';
import { cargoIndex } from '../../../src/extract/packages/cargo-index.ts';
import { machine } from '../../support/machine.ts';
import { stepContext } from '../../support/step-context.ts';

const indexOf = (given: Parameters<typeof machine>[0], registry = 'crates-io') =>
  cargoIndex(registry, stepContext({ machine: machine(given) }));
const configured = (toml: string) => ({ files: { '~/.cargo/config.toml': toml } });

describe('the index of crates', () => {
  it('is the one that stands in for the public one', async () => {
    const direct =
      '[source.crates-io]\nreplace-with = "mirror"\n[source.mirror]\nregistry = "sparse+https://a.example.com/i/"\n';
    expect(await indexOf(configured(direct))).toBe('https://a.example.com/i/');
    const chain =
      'source = { crates-io = { replace-with = "one" }, one = { replace-with = "two" } }\nregistries.two.index = "sparse+https://b.example.com/"\n';
    expect(await indexOf(configured(chain))).toBe('https://b.example.com/');
  });

  it('is the one of a variable, before that of the file', async () => {
    const toml = '[registries.my-own]\nindex = "sparse+https://file.example.com/"\ntoken = "t"\n';
    const variables = { CARGO_REGISTRIES_MY_OWN_INDEX: 'sparse+https://me:pw@env.example.com/index/' };
    expect(await indexOf(configured(toml), 'my-own')).toBe('https://file.example.com/');
    expect(await indexOf({ ...configured(toml), variables }, 'my-own')).toBe('https://env.example.com/index/');
    expect(await indexOf({ variables: { CARGO_REGISTRIES_CRATES_IO_INDEX: 'sparse+https://c.example.com/' } })).toBe(
      'https://c.example.com/',
    );
  });

  it('is in the home of cargo, wherever that is', async () => {
    const files = { '/srv/cargo/config.toml': 'registries.crates-io.index = "sparse+https://d.example.com/"' };
    expect(await indexOf({ files, variables: { CARGO_HOME: '/srv/cargo' } })).toBe('https://d.example.com/');
  });

  it('is unknown where nothing says it: then the option is named', async () => {
    for (const given of [
      {},
      configured('[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "v"\n'),
    ])
      await expect(indexOf(given)).rejects.toMatchObject({
        reason: 'definition',
        message: 'cargo on this machine names no index for this registry: set index here',
      });
  });

  it('must be a sparse one', async () => {
    const toml = '[registries.crates-io]\nindex = "https://git:hunter2@git.example.com/index.git"\n';
    await expect(indexOf(configured(toml))).rejects.toMatchObject({
      reason: 'definition',
      details: { setting: 'registries.crates-io.index of ~/.cargo/config.toml' },
    });
  });

  it('is not looked for in circles', async () => {
    const toml = 'source.crates-io.replace-with = "a"\nsource.a.replace-with = "crates-io"\n';
    await expect(indexOf(configured(toml))).rejects.toThrow(/replace each other in a circle/);
  });

  it('is not read from a broken file, whose lines nobody is told', async () => {
    for (const toml of ['token = "hunter2', 'source = 7']) {
      const failure = await indexOf(configured(toml)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: 'definition', details: { path: '~/.cargo/config.toml' } });
      expect(JSON.stringify(failure)).not.toContain('hunter2');
    }
  });
});
