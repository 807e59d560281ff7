import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeap } from '../../../src/run/queue/heap.ts';

it('gives what comes first, whatever was added and taken out before', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(50) }),
    fc.record({ remove: fc.nat(50) }),
    fc.constant('take' as const),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const heap = createHeap<number>((a, b) => a - b);
      const model = new Set<number>();
      const least = () => (model.size === 0 ? null : Math.min(...model));
      for (const one of steps) {
        if (one === 'take') {
          const first = least();
          expect(heap.take()).toBe(first);
          if (first !== null) model.delete(first);
        } else if ('add' in one) {
          heap.add(one.add);
          model.add(one.add);
        } else expect(heap.remove(one.remove)).toBe(model.delete(one.remove));
        expect([heap.size, heap.first()]).toEqual([model.size, least()]);
      }
    }),
  );
});
