// Whether what an overlay replaces is still what it was made for: compared with what the last green run replaced.

/** Blobs of the target that an overlay replaced, by path; null for a path that was new. */
export type Overlaid = Readonly<Record<string, string | null>>;

/** One line for each file of the overlay whose counterpart is another now. Pure. */
export function driftWarnings(directory: string, previous: Overlaid, now: Overlaid): readonly string[] {
  return Object.entries(now).flatMap(([path, version]) => {
    const before = Object.hasOwn(previous, path) ? previous[path] : undefined;
    if (before === undefined || before === version) return [];
    const file = `${directory}/${path}`;
    if (before === null) return [`${file} was a file of its own, the target now has ${path} too (${short(version)})`];
    if (version === null) return [`${file} was made for version ${short(before)} of ${path}, which the target lost`];
    return [
      `${file} was made for version ${short(before)} of ${path}, the target now has ${short(version)}: ` +
        `git -C target diff ${short(before)} ${short(version)}`,
    ];
  });
}

/** Long enough to be found by git in a large repository. */
function short(oid: string | null): string {
  return (oid ?? '').slice(0, 12);
}
