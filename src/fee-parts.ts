/** Everything that prices channels, wired once. */
import { BargainWatch } from './cycles/bargain-watch.ts';
import type { ChainCycle } from './cycles/chain-cycle.ts';
import type { ConfigService } from './cycles/config-service.ts';
import { DeadAutomation } from './cycles/dead-automation.ts';
import { FeeCommands } from './cycles/fee-commands.ts';
import { FeeCycle } from './cycles/fee-cycle.ts';
import { FeeLooker } from './cycles/fee-look.ts';
import type { Fleet } from './cycles/fleet.ts';
import type { Jobs } from './cycles/jobs.ts';
import { SaleEvidence } from './cycles/sale-evidence.ts';
import type { Authority } from './cycles/services.ts';
import { SlotWatch } from './cycles/slot-watch.ts';
import type { PeerChannel } from './ports/node.ts';
import type { NewDecision } from './ports/store.ts';
import { Right } from './right.ts';
import type { Surroundings } from './surroundings.ts';

/** A live forward is in memory by then. */
const STORED_AFTER_MS = 1000;

export type PricingNeeds = {
  readonly around: Surroundings;
  readonly config: ConfigService;
  readonly authority: () => Authority;
  readonly chain: ChainCycle;
  readonly fleet: Fleet;
  readonly jobs: Jobs;
  readonly alert: (text: string) => void;
  readonly notify: (decision: NewDecision) => void;
  readonly picture: {
    readonly channels: readonly PeerChannel[];
    readonly take: (channels: readonly PeerChannel[]) => void;
  };
};

export function wirePricing(needs: PricingNeeds) {
  const { around, config, authority, chain, fleet, jobs, alert, notify, picture } = needs;
  const { node, store, clock, log } = around;
  const { snapshot } = config;
  const right = new Right(() => authority() !== 'observe', around.feeSetter);
  const slots = new SlotWatch((name) => store.channels.resolve(name));
  const bargains = new BargainWatch({
    resolve: (name) => store.channels.resolve(name),
    state: (channelId) => store.fees.state(channelId),
    capacity: (id) => picture.channels.find(({ channelId }) => channelId === id)?.capacity,
    due: (reason) => jobs.once('fees', STORED_AFTER_MS, reason),
  });
  const sales = new SaleEvidence(store);
  const onPicture = picture.take;
  const look = { node, store, clock, slots, sales, fleet, config: snapshot, onPicture };
  const looker = new FeeLooker({ ...look, chain: () => chain.view() });
  const lookAgain = (afterMs: number): void => jobs.once('fees', afterMs, 'second look');
  const cycle = new FeeCycle({
    looker,
    setter: right.held,
    store,
    log,
    alert,
    notify,
    lookAgain,
  });
  // Who is priced again by it is taken from clboss.
  const said = (): void => void jobs.trigger('clboss', 'a pin');
  const fees = new FeeCommands(looker, cycle, store, around.commandFor, said);
  const dead = new DeadAutomation('fees', alert);
  return { right, slots, bargains, looker, cycle, fees, dead };
}
