// The contract of Repository over smart HTTP without the git command.
import { describeRepository } from '../contract/repository.ts';

describeRepository('isomorphic-git over smart HTTP', { engine: 'isomorphic-git', remote: 'http' });
