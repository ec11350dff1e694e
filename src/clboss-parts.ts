/** What shares the channels with clboss, wired once. */
import { ClbossCare } from './cycles/clboss-care.ts';
import { clbossWishes } from './cycles/clboss-wishes.ts';
import type { ConfigService } from './cycles/config-service.ts';
import type { Neighbours } from './cycles/neighbours.ts';
import type { PolicyService } from './cycles/policy-service.ts';
import type { Authority } from './cycles/services.ts';
import type { PeerChannel } from './ports/node.ts';
import type { Surroundings } from './surroundings.ts';

export type ClbossNeeds = {
  readonly around: Surroundings;
  readonly config: ConfigService;
  readonly authority: () => Authority;
  readonly neighbours: Neighbours;
  readonly policies: Pick<PolicyService, 'rulings'>;
  readonly alert: (text: string) => void;
  readonly channels: () => readonly PeerChannel[];
};

export function wireClboss(needs: ClbossNeeds): ClbossCare {
  const { around, config, authority, neighbours, policies, alert, channels } = needs;
  const { node, store, clock, log, clboss, tagsCommand } = around;
  const wishes = {
    node,
    channels,
    known: store.channels,
    rulings: () => policies.rulings(),
    authority,
    config: config.snapshot,
    clock,
  };
  return new ClbossCare({
    clboss,
    store: store.clboss,
    present: () => neighbours.isPresent('clboss') ?? false,
    enabled: () => config.snapshot().clboss_enabled,
    wishes: (held) => clbossWishes(wishes, held),
    commandFor: tagsCommand,
    log,
    alert,
  });
}
