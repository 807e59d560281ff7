// The next turn of the event loop: lets what has already arrived be taken in before something is done about all of it.

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
