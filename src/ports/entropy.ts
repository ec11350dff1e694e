/** Uniform random numbers in [0, 1). Seeded in simulations, the system's in production. */
export interface Entropy {
  uniform(): number;
}
