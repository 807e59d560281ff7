// The contract of Repository over a path of this machine with the git command.
import { describeRepository } from '../contract/repository.ts';

describeRepository('the git command over a local path', { engine: 'git', remote: 'local' });
