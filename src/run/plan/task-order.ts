// The order of tasks: dependencies first, what is ready together by name.
import { Failure } from '../../core/failure.ts';
import type { TaskDefinition } from '../../core/run-definition.ts';

/** Linear in tasks and dependencies, however deep. Failure `definition` where tasks wait for each other or for one that
 * does not exist; definitions that were read from files have neither. */
export function sortTasks(tasks: readonly TaskDefinition[]): readonly TaskDefinition[] {
  const open = new Map(tasks.map((task) => [task.name, new Set(task.dependsOn).size]));
  const waitingFor = new Map<string, TaskDefinition[]>();
  for (const task of tasks) {
    for (const needed of new Set(task.dependsOn)) {
      if (!open.has(needed))
        throw new Failure('definition', 'a task depends on one that does not exist', { task: task.name, needed });
      const dependents = waitingFor.get(needed);
      if (dependents === undefined) waitingFor.set(needed, [task]);
      else dependents.push(task);
    }
  }
  const sorted: TaskDefinition[] = [];
  let ready = tasks.filter(({ name }) => open.get(name) === 0);
  while (ready.length > 0) {
    const next: TaskDefinition[] = [];
    for (const done of ready.toSorted(byName)) {
      sorted.push(done);
      for (const dependent of waitingFor.get(done.name) ?? []) {
        const left = (open.get(dependent.name) ?? 0) - 1;
        open.set(dependent.name, left);
        if (left === 0) next.push(dependent);
      }
    }
    ready = next;
  }
  if (sorted.length < tasks.length) {
    const stuck = tasks.find(({ name }) => (open.get(name) ?? 0) > 0);
    throw new Failure('definition', 'tasks wait for each other in a circle', { task: stuck?.name });
  }
  return sorted;
}

function byName(a: TaskDefinition, b: TaskDefinition): number {
  return a.name < b.name ? -1 : 1;
}
