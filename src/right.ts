/** An object that may act on the node: made once the authority for it is there, and handed out only while it is. */
export class Right<T extends object> {
  readonly #given: () => boolean;
  readonly #make: () => T;
  #made: T | undefined;

  constructor(given: () => boolean, make: () => T) {
    this.#given = given;
    this.#make = make;
  }

  readonly held = (): T | undefined => {
    if (!this.#given()) return undefined;
    this.#made ??= this.#make();
    return this.#made;
  };

  /** After a demotion, once, and then it is dropped: for taking back what only the object itself can. */
  readonly leaving = (): T | undefined => {
    if (this.#given()) return undefined;
    const last = this.#made;
    this.#made = undefined;
    return last;
  };
}
