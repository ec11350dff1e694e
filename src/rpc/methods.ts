import type { RevenueMethod } from './method.ts';
import { revenueAnalyze } from './revenue-analyze.ts';
import { revenueBackup } from './revenue-backup.ts';
import { revenueCapacityReport } from './revenue-capacity-report.ts';
import { revenueClbossStatus } from './revenue-clboss-status.ts';
import { revenueConfig } from './revenue-config.ts';
import { revenueDashboard } from './revenue-dashboard.ts';
import { revenueDoctor } from './revenue-doctor.ts';
import { revenueExplain } from './revenue-explain.ts';
import { revenueFeeDebug } from './revenue-fee-debug.ts';
import { revenueHistory } from './revenue-history.ts';
import { revenueHiveStatus } from './revenue-hive-status.ts';
import { revenueIgnore } from './revenue-ignore.ts';
import { revenueImport } from './revenue-import.ts';
import { revenueListIgnored } from './revenue-list-ignored.ts';
import { revenueLocks } from './revenue-locks.ts';
import { revenuePause } from './revenue-pause.ts';
import { revenuePlan } from './revenue-plan.ts';
import { revenuePolicy } from './revenue-policy.ts';
import { revenueProfitability } from './revenue-profitability.ts';
import { revenuePump, revenueRebalance } from './revenue-rebalance.ts';
import { revenueRebalanceDebug } from './revenue-rebalance-debug.ts';
import { revenueRemanage } from './revenue-remanage.ts';
import { revenueReport } from './revenue-report.ts';
import { revenueResume } from './revenue-resume.ts';
import { revenueSetFee } from './revenue-set-fee.ts';
import { revenueStatus } from './revenue-status.ts';
import { revenueUndo } from './revenue-undo.ts';
import { revenueUnignore } from './revenue-unignore.ts';

/** Every method lightningd is told of (SPEC 7.3). */
export const METHODS: readonly RevenueMethod[] = [
  revenueStatus,
  revenueExplain,
  revenueReport,
  revenueDashboard,
  revenueHistory,
  revenueProfitability,
  revenueConfig,
  revenueSetFee,
  revenueUndo,
  revenuePolicy,
  revenueRebalance,
  revenuePump,
  revenueLocks,
  revenuePause,
  revenueResume,
  revenueAnalyze,
  revenueFeeDebug,
  revenueRebalanceDebug,
  revenueCapacityReport,
  revenuePlan,
  revenueClbossStatus,
  revenueDoctor,
  revenueHiveStatus,
  revenueImport,
  revenueBackup,
  revenueIgnore,
  revenueUnignore,
  revenueListIgnored,
  revenueRemanage,
];
