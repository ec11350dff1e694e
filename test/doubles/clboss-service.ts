/** clboss as the methods see it: there, and holding for each peer what a test says. */
import type { NodeId } from '../../src/core/units.ts';
import type { ClbossPeer, ClbossService, ClbossView } from '../../src/cycles/clboss-service.ts';

export class ClbossServiceDouble implements ClbossService {
  view: ClbossView;
  /** What looking after a peer ends in, or how it fails. */
  settled: ClbossPeer | undefined | Error;
  commands: readonly string[] = [];
  /** Peers it was asked to look after. */
  readonly asked: NodeId[] = [];

  constructor(view: Partial<ClbossView> = {}) {
    this.view = {
      enabled: true,
      present: false,
      answered: false,
      problem: undefined,
      peers: [],
      ...view,
    };
  }

  async look(): Promise<ClbossView> {
    return this.view;
  }
  async settle(peerId: NodeId): Promise<ClbossPeer | undefined> {
    this.asked.push(peerId);
    if (this.settled instanceof Error) throw this.settled;
    return this.settled;
  }
  async giveBackCommands(): Promise<readonly string[]> {
    return this.commands;
  }
}
