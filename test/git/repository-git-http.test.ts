// The contract of Repository over smart HTTP with the git command.
import { describeRepository } from '../contract/repository.ts';

describeRepository('the git command over smart HTTP', { engine: 'git', remote: 'http' });
