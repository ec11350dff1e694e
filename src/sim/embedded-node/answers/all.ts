import { bkprListaccountevents, bkprListbalances, bkprListincome } from './bookkeeper.ts';
import type { Command } from './command.ts';
import { datastore, deldatastore, listdatastore } from './datastore.ts';
import { feerates } from './feerates.ts';
import { getinfo } from './getinfo.ts';
import { listchainmoves } from './listchainmoves.ts';
import { listchannelmoves } from './listchannelmoves.ts';
import { listchannels } from './listchannels.ts';
import { listclosedchannels } from './listclosedchannels.ts';
import { listforwards } from './listforwards.ts';
import { listfunds } from './listfunds.ts';
import { listhtlcs } from './listhtlcs.ts';
import { listnodes } from './listnodes.ts';
import { listpays } from './listpays.ts';
import { listpeerchannels } from './listpeerchannels.ts';
import { listpeers } from './listpeers.ts';
import { listsendpays } from './listsendpays.ts';
import { setchannel } from './setchannel.ts';
import { wait } from './wait.ts';

/** What the stand-in answers from its own state. */
export const COMMANDS: readonly Command[] = [
  bkprListaccountevents,
  bkprListbalances,
  bkprListincome,
  datastore,
  deldatastore,
  feerates,
  getinfo,
  listchainmoves,
  listchannelmoves,
  listchannels,
  listclosedchannels,
  listdatastore,
  listforwards,
  listfunds,
  listhtlcs,
  listnodes,
  listpays,
  listpeerchannels,
  listpeers,
  listsendpays,
  setchannel,
  wait,
];
