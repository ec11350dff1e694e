/** A hill climber at a known place, for tests. */
import { CLIMB, evidenceAs, SETTLED } from './channel.fixture.ts';
import { type ClimbLook, climb, startClimber } from './hill-climbing.ts';
import type { ClimberState, ClimbWindow } from './hill-climbing.types.ts';

export const LOOK: ClimbLook = { product: 1, ruled: false, inForce: true, shielded: false };
export const START_CLIMB = startClimber(1000, SETTLED, 1, CLIMB);

export const window = (anchor: number, change: Partial<ClimbWindow> = {}): ClimbWindow => ({
  anchor,
  hours: 10,
  revenue: 1000,
  count: 100,
  squares: 100,
  comparable: true,
  until: SETTLED,
  ...change,
});

export const climber = (change: Partial<ClimberState> = {}): ClimberState => ({
  ...START_CLIMB,
  ...change,
});

/** At 1100 after 1000: `rate` an hour now, 100 before, hardly any noise. */
export const compared = (rate: number, change: Partial<ClimberState> = {}): ClimberState =>
  climber({
    anchor: 1100,
    step: 100,
    past: [window(1000)],
    current: window(1100, { revenue: rate * 10 }),
    ...change,
  });

const quiet = { routableHours: 0 };

export const step = (
  state: ClimberState,
  change = {},
  look: Partial<ClimbLook> = {},
  law = CLIMB,
) => climb(state, evidenceAs({ ...quiet, ...change }), { ...LOOK, ...look }, law);
